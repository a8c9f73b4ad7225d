// Personal data leaves as pseudonyms and comes back as itself; secrets stay at home. Nothing of either is written down anywhere.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { chat, keys, message, startWorld, type World } from './setup.ts'
import { textOf } from './text-of.ts'

const email = 'anna.muster@example.com'
const card = '4111 1111 1111 1111'
// Put together here, so that no scanner takes this file for a leak.
const secret = ['AKIA', 'Q3EGRIJ4TBWLXZ7M'].join('')
const cuts = [1, 2, 3, 4, 5, 6, 7]

const dialects = [
  { name: 'OpenAI', path: '/v1/chat/completions', ask: chat },
  { name: 'Anthropic', path: '/v1/messages', ask: message },
] as const

const sentToCloud = (world: World): string => world.cloud.requests.map(({ body }) => body.toString()).join('\n')

const filesIn = (folder: string): string => readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  .map(entry => readFileSync(join(entry.parentPath, entry.name), 'latin1')).join('\n')

/** Everything that the gateway writes down about what passed: log, metrics, status, and every file of its data folder. */
const writtenDown = async (world: World): Promise<string> =>
  [...world.log, await world.metrics(), await (await world.admin('/status')).text(), filesIn(join(world.folder, 'data'))].join('\n')

for (const { name, path, ask } of dialects) {
  for (const stream of [false, true]) {
    test(`${name}, ${stream ? 'stream' : 'whole answer'}: e-mail and card are hidden from the provider and shown to the caller`, async t => {
      const world = await startWorld(t, { cloud: { reply: ({ asked }) => ({ kind: 'answer', text: `I read: ${asked?.userText ?? ''} Done.`, deltaChars: 3, chunkBytes: cuts }) } })
      const response = await world.post(path, ask(`Write to ${email} about ${card}.`, { model: 'cloud-only', stream }))
      const body = await response.text()
      assert.equal(response.status, 200, body)
      assert.equal(textOf(body), `I read: Write to ${email} about ${card}. Done.`)
      const sent = sentToCloud(world)
      assert.doesNotMatch(sent, /anna\.muster|4111.?1111/)
      assert.match(sent, /Write to \[EMAIL_1\] about \[CARD_1\]\./)
      const outcome = world.outcomes().at(-1)
      assert.deepEqual(outcome?.['redactions'], { email: 1, card: 1 })
      assert.equal(outcome['restored'], 2)
      assert.doesNotMatch(await writtenDown(world), /anna\.muster|4111.?1111/)
    })

    test(`${name}, ${stream ? 'stream' : 'whole answer'}: pseudonyms in the arguments of tool calls become values again`, async t => {
      const world = await startWorld(t, { cloud: { reply: () => ({ kind: 'answer', toolCalls: [{ name: 'send', args: { to: '[EMAIL_1]', note: 'card [CARD_1]!' } }], deltaChars: 2, chunkBytes: cuts }) } })
      const parameters = { type: 'object', properties: { to: { type: 'string' }, note: { type: 'string' } } }
      const tools = name === 'OpenAI' ? [{ type: 'function', function: { name: 'send', parameters } }] : [{ name: 'send', input_schema: parameters }]
      const response = await world.post(path, ask(`Write to ${email} about ${card}.`, { model: 'cloud-only', stream, tools }))
      const body = await response.text()
      assert.equal(response.status, 200, body)
      const found = /\{"to".*?\}/.exec(textOf(body))?.[0] ?? ''
      assert.deepEqual(JSON.parse(found), { to: email, note: `card ${card}!` }, body)
    })
  }

  test(`${name}: the same value has the same pseudonym in every turn, and another value another one`, async t => {
    const world = await startWorld(t)
    const history = ask(`I am ${email}.`, { model: 'cloud-only' })['messages'] as unknown[]
    const headers = { 'x-portcullis-session': 'turns' }
    await world.post(path, ask(`I am ${email}.`, { model: 'cloud-only' }), headers)
    await world.post(path, { ...ask('', { model: 'cloud-only' }), messages: [...history, { role: 'assistant', content: `Hello ${email}` }, { role: 'user', content: `And bob@example.com, besides ${email}?` }] }, headers)
    const [first, second] = world.cloud.requests.map(({ body }) => body.toString())
    assert.match(first ?? '', /I am \[EMAIL_1\]\./)
    assert.match(second ?? '', /I am \[EMAIL_1\]\..*Hello \[EMAIL_1\].*And \[EMAIL_2\], besides \[EMAIL_1\]\?/)
  })

  test(`${name}: a secret goes to a local model, as itself, and the session stays local afterwards`, async t => {
    const world = await startWorld(t)
    const headers = { 'x-portcullis-session': 'holds-a-secret' }
    const first = await world.post(path, ask(`My key is ${secret}, keep it.`), headers)
    assert.equal(first.status, 200, await first.clone().text())
    assert.match(await first.text(), new RegExp(secret))
    const second = await world.post(path, ask('Nothing secret in this turn.'), headers)
    assert.equal(second.status, 200)
    assert.equal(world.local.requests.length, 2)
    assert.equal(world.cloud.requests.length, 0)
    const third = await world.post(path, ask('Nothing secret in this turn.', { model: 'cloud-only' }), headers)
    assert.equal(third.status, 404)
    assert.match(await third.text(), /route\.none/)
    assert.equal(world.cloud.requests.length, 0)
    for (const outcome of world.outcomes().slice(0, 2)) assert.equal((outcome['route'] as { local: boolean }).local, true)
    assert.doesNotMatch(await writtenDown(world), new RegExp(secret))
  })

  test(`${name}: when the local model fails, a secret goes nowhere else`, async t => {
    const world = await startWorld(t, { local: { reply: () => ({ kind: 'error', error: { status: 500, message: 'out of memory' } }) } })
    const response = await world.post(path, ask(`My key is ${secret}.`))
    assert.equal(response.status, 500)
    assert.match(await response.text(), /out of memory/)
    assert.equal(world.local.requests.length, 3, 'it is tried again where it may go')
    assert.equal(world.cloud.requests.length, 0)
  })

  test(`${name}: when the local model rests, a secret is refused rather than sent to the cloud`, async t => {
    const world = await startWorld(t, {
      config: { resilience: { attempts: 1, breaker_failures: 1, breaker_cooldown_ms: 60_000 } },
      local: { reply: () => ({ kind: 'error', error: { status: 500, message: 'out of memory' } }) },
    })
    await world.post(path, ask(`My key is ${secret}.`))
    const response = await world.post(path, ask(`My key is ${secret}.`))
    const body = await response.text()
    assert.equal(response.status, 503, body)
    assert.match(body, /route\.unhealthy/)
    assert.doesNotMatch(body, new RegExp(secret))
    assert.equal(world.cloud.requests.length, 0)
  })

  test(`${name}: what settings block is refused with its kind, and its value is told to nobody`, async t => {
    const world = await startWorld(t, { config: { policy: { settings: { data: { block: ['card'], unless_local: false } } } } })
    const response = await world.post(path, ask(`Pay with ${card}.`))
    const body = await response.text()
    assert.equal(response.status, 403, body)
    assert.match(body, /content\.blocked/)
    assert.match(body, /card/)
    assert.doesNotMatch(body + await writtenDown(world), /4111.?1111/)
    assert.equal(world.cloud.requests.length + world.local.requests.length, 0)
    assert.equal(world.outcomes().at(-1)?.['failure'], 'content.blocked')
  })
}

test('a local model gets real values where settings say so, and pseudonyms where they do not', async t => {
  for (const unlessLocal of [true, false]) {
    const world = await startWorld(t, { config: { policy: { settings: { data: { unless_local: unlessLocal } } } } })
    const response = await world.post('/v1/chat/completions', chat(`Write to ${email}.`, { model: 'home/llama' }))
    assert.match(await response.text(), new RegExp(email))
    assert.equal(world.local.requests.at(-1)?.body.toString().includes(email), unlessLocal)
  }
})

test('a fallback from a local to a cloud model is redacted anew', async t => {
  const world = await startWorld(t, { local: { reply: () => ({ kind: 'error', error: { status: 500, message: 'out of memory' } }) } })
  const response = await world.post('/v1/chat/completions', chat(`Write to ${email}.`))
  assert.match(await response.text(), new RegExp(email))
  assert.match(world.local.requests[0]?.body.toString() ?? '', new RegExp(email))
  assert.match(sentToCloud(world), /Write to \[EMAIL_1\]\./)
  assert.doesNotMatch(sentToCloud(world), /anna/)
})

test('what is masked never comes back', async t => {
  const world = await startWorld(t, { config: { policy: { settings: { data: { pseudonymise: [], mask: ['email'] } } } } })
  const answer = await (await world.post('/v1/chat/completions', chat(`Write to ${email}.`, { model: 'cloud-only' }))).text()
  assert.doesNotMatch(answer + sentToCloud(world), /anna/)
  assert.match(answer, /Write to \[EMAIL\]\./)
})

test('texts to embed are redacted, too', async t => {
  const world = await startWorld(t)
  const response = await world.post('/v1/embeddings', { model: 'cloud-only', input: [`first ${email}`, `second ${card}`] })
  assert.equal(response.status, 200)
  assert.match(sentToCloud(world), /"first \[EMAIL_1\]","second \[CARD_1\]"/)
})

test('data is found in every text that a request may hold', async t => {
  const world = await startWorld(t)
  const places: Record<string, unknown>[] = [
    message('Hi', { system: `Answer for ${email}.` }),
    message('Hi', { system: [{ type: 'text', text: `Answer for ${email}.`, cache_control: { type: 'ephemeral' } }] }),
    message('Hi', { tools: [{ name: 'send', description: `Writes to ${email}.`, input_schema: { type: 'object', properties: { to: { type: 'string', default: email } } } }] }),
    message('', { messages: [{ role: 'user', content: 'Hi' }, { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'find', input: { who: email } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: `found ${email}` }] }] }] }),
    message('Hi', { metadata: { user_id: email } }),
    message('', { messages: [{ role: 'user', content: 'Hi' }, { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'save', input: { [email]: { score: 1 } } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'saved' }] }] }),
  ]
  for (const place of places) {
    const response = await world.post('/v1/messages', { ...place, model: 'cloud-only' })
    assert.equal(response.status, 200, await response.text())
    assert.doesNotMatch(world.cloud.requests.at(-1)?.body.toString() ?? 'nothing was sent', /anna\.muster/, JSON.stringify(place))
  }
})

test('a number that is that of a card is hidden too, and what is no card stays a number', async t => {
  const world = await startWorld(t)
  const input = { card: Number(card.replaceAll(' ', '')), at: 1_795_460_754_923, small: 12.5 }
  const history = [{ role: 'user', content: 'Hi' }, { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'pay', input }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'paid' }] }]
  const response = await world.post('/v1/messages', message('', { messages: history, model: 'cloud-only' }))
  assert.equal(response.status, 200, await response.text())
  assert.match(world.cloud.requests.at(-1)?.body.toString() ?? '', /"input":\{"card":"\[CARD_1\]","at":1795460754923,"small":12\.5\}/)
})

test('a secret that is the name of a member keeps the request local', async t => {
  const world = await startWorld(t)
  const response = await world.post('/v1/chat/completions', { ...chat('Hi', { model: 'cloud-only' }), metadata: { [secret]: 'x' } })
  assert.equal(response.status, 404, await response.text())
  assert.equal(world.cloud.requests.length, 0)
})

test('an agent cannot wash itself clean of a secret with a new session', async t => {
  const world = await startWorld(t)
  await world.post('/v1/chat/completions', chat(`My key is ${secret}.`), { 'x-portcullis-session': 'one' })
  const response = await world.post('/v1/chat/completions', chat('Nothing secret.', { model: 'cloud-only' }), { 'x-portcullis-session': 'two' })
  assert.equal(response.status, 404)
  assert.match(await response.text(), /not local/)
  assert.equal(world.cloud.requests.length, 0)
  const other = await world.post('/v1/chat/completions', chat('Nothing secret.', { model: 'cloud-only' }), { authorization: `Bearer ${keys.root}`, 'x-portcullis-session': 'one' })
  assert.equal(other.status, 200, 'another key has sessions of its own, whatever it calls them')
})

test('pseudonyms of one session mean nothing in another', async t => {
  const world = await startWorld(t, { cloud: { reply: () => ({ kind: 'answer', text: 'It is [EMAIL_1].' }) } })
  const first = await world.post('/v1/chat/completions', chat(`I am ${email}.`, { model: 'cloud-only' }), { 'x-portcullis-session': 'one' })
  assert.match(await first.text(), new RegExp(`It is ${email}`))
  const second = await world.post('/v1/chat/completions', chat('Who am I?', { model: 'cloud-only' }), { 'x-portcullis-session': 'two' })
  assert.match(await second.text(), /It is \[EMAIL_1\]/)
})

test('pseudonyms survive a restart', async t => {
  const before = await startWorld(t)
  await before.post('/v1/chat/completions', chat(`I am ${email}.`, { model: 'cloud-only' }), { 'x-portcullis-session': 'lasting' })
  await before.close()
  const world = await startWorld(t, { folder: before.folder, cloud: { reply: () => ({ kind: 'answer', text: 'You are [EMAIL_1].' }) } })
  const response = await world.post('/v1/chat/completions', chat(`Now bob@example.com writes to ${email}.`, { model: 'cloud-only' }), { 'x-portcullis-session': 'lasting' })
  assert.match(await response.text(), new RegExp(`You are ${email}`))
  assert.match(sentToCloud(world), /Now \[EMAIL_2\] writes to \[EMAIL_1\]/)
})
