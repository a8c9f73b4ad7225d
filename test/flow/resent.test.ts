// A conversation that is sent again turn by turn leaves as it would if all of it was said at once to a gateway that never saw it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startWorld, type World } from './setup.ts'

const people = ['anna.muster@example.com', 'bert@example.org', 'carla.lang@example.net', 'dora@example.com'] as const
const words = 'Die Werft hat am Dienstag wieder eine Liste mit offenen Rechnungen geschickt, 漢字 und 😀 inbegriffen, und niemand weiß, für welches Schiff sie ist. '.repeat(24)
const said = (at: number): string => `${at}: ${words} Schreib an ${people[at % people.length]} und [INFO] frag nach Nummer ${at}.`

const dialects = [
  { name: 'OpenAI', path: '/v1/chat/completions', message: (at: number) => ({ role: at % 2 === 0 ? 'user' : 'assistant', content: said(at) }), body: (messages: readonly object[]) => ({ model: 'cloud-only', messages, tools: [{ type: 'function', function: { name: 'look', description: said(99), parameters: { type: 'object' } } }] }) },
  { name: 'Anthropic', path: '/v1/messages', message: (at: number) => ({ role: at % 2 === 0 ? 'user' : 'assistant', content: [{ type: 'text', text: said(at) }] }), body: (messages: readonly object[]) => ({ model: 'cloud-only', max_tokens: 64, system: [{ type: 'text', text: said(98) }], messages }) },
] as const

const sent = async (world: World, path: string, body: object): Promise<string> => {
  const response = await world.post(path, body, { 'x-portcullis-session': 'long' })
  assert.equal(response.status, 200, await response.text())
  return world.cloud.requests.at(-1)?.body.toString() ?? ''
}

for (const { body, message, name, path } of dialects) {
  test(`${name}: what leaves of a long conversation is the same, turn by turn and all at once, and nothing of it is readable`, async t => {
    const [world, other] = [await startWorld(t), await startWorld(t)]
    const messages = Array.from({ length: 8 }, (_, at) => message(at))
    let last = ''
    for (let turn = 8; turn < 14; turn += 1) {
      last = await sent(world, path, body(messages))
      messages.push(message(turn))
    }
    assert.ok(last.length > 16 * 1024)
    assert.equal(last, await sent(other, path, body(messages.slice(0, -1))))
    assert.doesNotMatch(last, /example\.(?:com|org|net)/)
    const recorded = (of: World): readonly unknown[] => ['entities', 'redactions'].map(field => of.outcomes().at(-1)?.[field])
    assert.deepEqual(recorded(world), recorded(other))
    assert.deepEqual(recorded(world)[1], { email: 14 })
    // Somebody edits what was said in the middle.
    messages[3] = { ...message(3), content: 'Frag lieber edda@example.com.' }
    const edited = await sent(world, path, body(messages))
    assert.match(edited, /Frag lieber \[EMAIL_\d\]\./)
    assert.doesNotMatch(edited, /example\.(?:com|org|net)/)
  })
}
