// Remote detectors that look at what models say, in the running gateway, on real sockets: whole and streamed, in every way that a detector fails.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startFakeDetector, type FakeDetector, type Misbehaviour } from '../support/fake-detector.ts'
import type { CleansUp } from '../support/scratch-folder.ts'
import { call, chunksOf, forms, say, textOf as geminiText, withGemini } from './gemini-world.ts'
import { gatedConfig, startGatedProvider, StreamReader } from './gated-provider.ts'
import { withNative } from './responses-world.ts'
import { eventually } from '../support/wait.ts'
import { chat, merge, message, startWorld, type World, type WorldOptions } from './setup.ts'
import { textOf as saidIn } from './text-of.ts'

interface Setting { readonly action?: string; readonly entry?: Readonly<Record<string, unknown>>; readonly finds?: Readonly<Record<string, string>>; readonly world?: WorldOptions }
interface Detected { readonly world: World; readonly detector: FakeDetector }

const start = async (t: CleansUp, { action = 'mask', entry = {}, finds = { 'Anna Muster': 'person', 'Łukasz 🚀 Kowalski': 'person' }, world = {} }: Setting = {}): Promise<Detected> => {
  const detector = await startFakeDetector({ finds })
  t.after(() => detector.close())
  const started = await startWorld(t, {
    ...withNative(world),
    config: merge({
      policy: { settings: { data: { pseudonymise: ['email', 'person'], answers: { kinds: ['person', 'cloud_key'], action } } } },
      redaction: { remote: [{ name: 'names', protocol: 'portcullis', url: detector.url, local: true, for: ['answer'], deadline_ms: 5000, ...entry }] },
    }, world.config ?? {}),
  })
  return { world: started, detector }
}

const email = 'anna.muster@example.com'
const sentence = 'Nothing of what follows is known to anybody else, and nobody has asked about it. '
const told = `Dear [EMAIL_1], ${sentence.repeat(3)}It was Anna Muster who wrote it.\n${sentence.repeat(4)}Signed by Łukasz 🚀 Kowalski, and by Anna Muster.`
const shown = told.replaceAll('Anna Muster', '[PERSON]').replace('Łukasz 🚀 Kowalski', '[PERSON]').replace('[EMAIL_1]', email)
const cuts = [1, 2, 3, 4, 5, 6, 7]

/** Text of an answer. Responses tells each text twice in a stream: both have to say the same. */
const textOf = (body: string): string => {
  if (!body.includes('response.output_item.done')) return saidIn(body)
  const events = body.split('\n').filter(line => line.startsWith('data: {')).map(line => JSON.parse(line.slice(6)) as Readonly<Record<string, unknown>>)
  const deltas = events.map(({ delta }) => typeof delta === 'string' ? delta : '').join('')
  const whole = events.filter(({ type }) => type === 'response.output_text.done' || type === 'response.function_call_arguments.done').map(({ arguments: args, text }) => String(text ?? args)).join('')
  assert.equal(whole, deltas)
  return deltas
}

const dialects = [
  { name: 'OpenAI', model: 'cloud-only', path: '/v1/chat/completions', ask: chat, tools: (parameters: unknown) => [{ type: 'function', function: { name: 'send', parameters } }] },
  { name: 'Anthropic', model: 'cloud-only', path: '/v1/messages', ask: message, tools: (parameters: unknown) => [{ name: 'send', input_schema: parameters }] },
  { name: 'Responses', model: 'native/small', path: '/v1/responses', ask: (input: string, more: object) => ({ input, ...more }), tools: (parameters: unknown) => [{ type: 'function', name: 'send', parameters }] },
  { name: 'OpenAI, translated', model: 'cloud-anthropic/small', path: '/v1/chat/completions', ask: chat, tools: (parameters: unknown) => [{ type: 'function', function: { name: 'send', parameters } }] },
] as const

const intents = (world: World): readonly Readonly<Record<string, unknown>>[] => world.audit().filter(({ phase }) => phase === 'intent')

for (const { name, model, path, ask, tools } of dialects) {
  for (const stream of [false, true]) {
    const how = `${name}, ${stream ? 'stream' : 'whole answer'}`
    const body = (text: string, more: object = {}): object => ask(text, { model, stream, ...more })

    test(`${how}: names that only the detector finds are hidden, what was restored is not, and the session is marked`, async t => {
      const { detector, world } = await start(t, { world: { cloud: { reply: () => ({ kind: 'answer', text: told, deltaChars: 3, chunkBytes: cuts }) } } })
      const response = await world.post(path, body(`I am ${email}.`))
      const answer = await response.text()
      assert.equal(response.status, 200, answer)
      assert.equal(textOf(answer), shown)
      assert.doesNotMatch(answer, /Muster who|Kowalski/)
      assert.deepEqual(world.outcomes().at(-1)?.['response_labels'], { labels: ['pii'], sensitivity: 'internal' })
      assert.equal(world.outcomes().at(-1)?.['unseen'], undefined)
      const asked = detector.calls.flatMap(({ texts }) => texts)
      assert.ok(asked.length >= 3, 'in pieces')
      assert.equal(new Set(asked).size, asked.length, 'each asked about once')
      assert.ok(asked.every(text => told.includes(text)), 'what the caller is not part of it: only answers are sent')
      assert.doesNotMatch(world.log.join('\n') + JSON.stringify(world.audit()) + await world.metrics(), /Muster who|Kowalski|nobody has asked/)
    })

    test(`${how}: the arguments of a tool call are looked at, whatever is escaped in them, and stay JSON`, async t => {
      const args = { to: 'Anna Muster', note: `"Łukasz 🚀 Kowalski"\n${sentence.repeat(5)}`, last: [`by Anna Muster`] }
      const { world } = await start(t, { action: 'drop', entry: { min_chars: 1 }, world: { cloud: { reply: () => ({ kind: 'answer', toolCalls: [{ name: 'send', args }], deltaChars: 2, chunkBytes: cuts }) } } })
      const answer = await (await world.post(path, body('Hello', { tools: tools({ type: 'object' }) }))).text()
      const said = textOf(answer).replace(/^\{\}(?=\{)/, '')
      assert.deepEqual(JSON.parse(said), { to: '', note: `""\n${sentence.repeat(5)}`, last: ['by '] })
    })

    test(`${how}: what is blocked ends the answer`, async t => {
      const { world } = await start(t, { action: 'block', world: { cloud: { reply: () => ({ kind: 'answer', text: told, deltaChars: 5 }) } } })
      const response = await world.post(path, body('Hello'))
      const answer = await response.text()
      assert.equal(response.status, stream ? 200 : 403)
      assert.match(answer, /content\.blocked/)
      assert.doesNotMatch(answer, /Anna/)
    })

    const failures: Readonly<Record<string, Misbehaviour>> = { 'it answers 500': { kind: 'status', status: 500 }, 'it hangs': { kind: 'hang' }, 'its offsets do not fit': { kind: 'shifted', by: 9999 } }
    for (const [what, misbehaviour] of Object.entries(failures)) {
      test(`${how}: ${what}: nothing that it did not look at passes, and the error names it`, async t => {
        const { detector, world } = await start(t, { entry: { deadline_ms: 300, give_up_ms: 400 }, world: { cloud: { reply: () => ({ kind: 'answer', text: told, deltaChars: 5 }) } } })
        detector.behave(misbehaviour)
        const response = await world.post(path, body('Hello'))
        const answer = await response.text()
        assert.equal(response.status, stream ? 200 : 403, answer)
        assert.match(answer, /content\.blocked/)
        assert.match(answer, /detector names/)
        assert.doesNotMatch(answer, /Muster|nobody has asked/)
        const outcome = world.outcomes().at(-1)
        assert.deepEqual([outcome?.['failure'], outcome?.['response_labels'], outcome?.['unseen']], ['content.blocked', { labels: ['unseen'], sensitivity: 'restricted' }, ['detector:names']])
      })
    }

    test(`${how}: on_failure: ignore lets it pass, and says so all the same`, async t => {
      const { detector, world } = await start(t, { entry: { on_failure: 'ignore' }, world: { cloud: { reply: () => ({ kind: 'answer', text: told, deltaChars: 5 }) } } })
      detector.behave({ kind: 'status', status: 500 })
      assert.equal(textOf(await (await world.post(path, body(`I am ${email}.`))).text()), told.replace('[EMAIL_1]', email))
      assert.deepEqual(world.outcomes().at(-1)?.['unseen'], ['detector:names'])
    })

    test(`${how}: a label changes nothing of the answer; where the detector did not look the record alone says so`, async t => {
      const { detector, world } = await start(t, { action: 'label', world: { cloud: { reply: () => ({ kind: 'answer', text: told, deltaChars: 5 }) } } })
      const plain = told.replace('[EMAIL_1]', email)
      detector.behave({ kind: 'status', status: 500 })
      assert.equal(textOf(await (await world.post(path, body(`I am ${email}.`))).text()), plain)
      assert.deepEqual(world.outcomes().at(-1)?.['response_labels'], { labels: ['unseen'], sensitivity: 'restricted' })
      detector.behave({ kind: 'none' })
      assert.equal(textOf(await (await world.post(path, body(`I am ${email}.`))).text()), plain)
      assert.deepEqual(world.outcomes().at(-1)?.['response_labels'], { labels: ['pii'], sensitivity: 'internal' })
    })
  }
}

for (const form of forms) {
  for (const model of ['google/flash', 'cloud/small', 'cloud-anthropic/small']) {
    test(`Gemini, ${form}, of ${model}: names that only the detector finds are hidden`, async t => {
      const { world } = await start(t, { world: { adjust: withGemini, cloud: { reply: () => ({ kind: 'answer', text: told, deltaChars: 3, chunkBytes: cuts }) } } })
      const response = await call(world, model, form === 'whole' ? 'generateContent' : form === 'array' ? 'streamGenerateContent' : 'streamGenerateContent?alt=sse', say(`I am ${email}.`))
      assert.equal(response.status, 200, await response.clone().text())
      assert.equal(geminiText(await chunksOf(response, form)), shown)
    })
  }
}

for (const { name, path, ask } of dialects.slice(0, 2)) {
  test(`${name}: a stream goes on while the detector is asked: its beginning comes before its end is said`, async t => {
    const half = told.indexOf('Signed')
    const provider = await startGatedProvider(t, told.slice(half), told.slice(0, half))
    const { world } = await start(t, { world: { config: gatedConfig(provider) } })
    const reader = new StreamReader(await world.post(path, ask('Hello', { model: 'auto', stream: true })))
    // What does not end a piece waits for what does.
    await eventually(() => provider.waiting === 1)
    provider.release()
    assert.equal(textOf(await reader.rest()), shown.replace(email, '[EMAIL_1]'))
  })

  test(`${name}: a sentence that is complete passes while the next one is not said`, async t => {
    const provider = await startGatedProvider(t, 'The end.', `Anna Muster said: ${sentence.repeat(3)}`)
    const { world } = await start(t, { world: { config: gatedConfig(provider) } })
    const reader = new StreamReader(await world.post(path, ask('Hello', { model: 'auto', stream: true })))
    await reader.until('[PERSON] said: Nothing')
    assert.equal(provider.waiting, 1)
    provider.release()
    assert.equal(textOf(await reader.rest()), `[PERSON] said: ${sentence.repeat(3)}The end.`)
  })
}

test('a detector that does not look at answers is not asked about them', async t => {
  const { detector, world } = await start(t, { entry: { for: ['prompt'] }, world: { cloud: { reply: () => ({ kind: 'answer', text: told, deltaChars: 5 }) } } })
  await (await world.post('/v1/chat/completions', chat('A question about nobody', { model: 'cloud-only', stream: true }))).text()
  assert.deepEqual(detector.calls.flatMap(({ texts }) => texts), ['A question about nobody'])
})

test('header fields and the query are looked at where the detector is for them: masked in a header, and refused in the query', async t => {
  const { detector, world } = await start(t, { entry: { for: ['header'] } })
  const headers = { 'anthropic-beta': 'tools-for-Anna Muster, others' }
  assert.equal((await world.post('/v1/messages?note=nothing+to+see', message('Hello', { model: 'cloud-anthropic/small' }), headers)).status, 200)
  assert.equal(world.cloud.requests.at(-1)?.headers['anthropic-beta'], 'tools-for-[PERSON], others')
  const refused = await world.post('/v1/messages?note=Anna+Muster', message('Hello', { model: 'cloud-anthropic/small' }))
  assert.equal(refused.status, 403)
  assert.match(await refused.text(), /the query contains person data/)
  assert.ok(detector.calls.every(({ body }) => (body['texts'] as { context: { source: string } }[]).every(({ context }) => context.source === 'header')))
})

test('header fields that were not looked at count as most sensitive', async t => {
  const { detector, world } = await start(t, { entry: { for: ['header'] } })
  detector.behave({ kind: 'status', status: 500 })
  const response = await world.post('/v1/messages', message('Hello', { model: 'cloud-anthropic/small' }), { 'anthropic-beta': 'tools-for-Anna Muster, others' })
  assert.equal(response.status, 404)
  assert.match(await response.text(), /trust|sensitiv|restricted|local/)
  assert.deepEqual(intents(world).at(-1)?.['unseen'], ['detector:names'])
  assert.equal(world.cloud.requests.length, 0)
})
