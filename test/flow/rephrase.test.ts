// Texts that leave only rewritten: a local model leaves out who is meant, the cloud model answers, and what comes back names things again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FakeProviderOptions } from '../support/fake-provider.ts'
import { adjustEntry, chat, message, startWorld, type World, type WorldOptions } from './setup.ts'

const email = 'anna.muster@example.com'
const question = `Our colleague Anna in Ulm (${email}) fell ill on Monday after the fair, what is she entitled to?`
const rewritten = 'A colleague ([EMAIL_1]) fell ill after a business trip. What is the colleague entitled to?'

const rephrasing = (data: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  policy: { settings: { data: { rephrase: ['email'], ...data } } }, redaction: { rephrase: { model: 'home/llama', timeout_ms: 2000 } },
})

const says = (text: string): FakeProviderOptions => ({ reply: () => ({ kind: 'answer', text }) })

const start = (t: Parameters<typeof startWorld>[0], options: WorldOptions = {}): Promise<World> => startWorld(t, {
  config: rephrasing(), local: says(rewritten), cloud: says('Write to [EMAIL_1] that six weeks are paid.'), ...options,
})

const sent = (world: World): string => world.cloud.requests.map(({ body }) => body.toString()).join('\n')

for (const [path, ask] of [['/v1/chat/completions', chat], ['/v1/messages', message]] as const) {
  for (const stream of [false, true]) {
    test(`${path}, ${stream ? 'stream' : 'whole answer'}: the cloud sees the rewritten text only, and the answer has its values back`, async t => {
      const world = await start(t)
      const response = await world.post(path, ask(question, { model: 'cloud-only', stream }))
      const body = await response.text()
      assert.equal(response.status, 200, body)
      assert.equal(body.includes('[EMAIL_1]'), false)
      assert.match(stream ? body : body.replaceAll('\\n', ''), /six weeks/)
      assert.ok(sent(world).includes(rewritten))
      assert.doesNotMatch(sent(world), /Anna|Ulm|anna\.muster|Monday/)
      const asked = world.local.requests.map(request => request.body.toString())
      assert.equal(asked.length, 1)
      assert.match(asked[0] ?? '', /Our colleague Anna in Ulm \(\[EMAIL_1\]\) fell ill/, 'values are pseudonyms before any model sees the text')
      assert.equal((world.outcomes().at(-1)?.['redactions'] as Record<string, number>)['rephrased'], 1)
      const aside = world.outcomes().find(({ method }) => method === 'rephrase')
      assert.deepEqual([aside?.['status'], aside?.['failure'], (aside?.['target'] as { name: string }).name], [200, null, 'home/llama'])
      assert.doesNotMatch(JSON.stringify(world.audit()) + world.log.join('\n'), /Ulm|anna\.muster/)
    })
  }
}

test('what was rewritten once is not rewritten again: later turns carry the same words', async t => {
  const world = await start(t)
  const headers = { 'x-portcullis-session': 'turns' }
  await world.post('/v1/chat/completions', chat(question, { model: 'cloud-only' }), headers)
  const turns = { ...chat('', { model: 'cloud-only' }), messages: [{ role: 'user', content: question }, { role: 'assistant', content: `Write to ${email} that six weeks are paid.` }, { role: 'user', content: 'And then?' }] }
  await world.post('/v1/chat/completions', turns, headers)
  const texts = world.local.requests.map(({ body }) => (JSON.parse(body.toString()) as { messages: { content: string }[] }).messages.at(-1)?.content)
  assert.deepEqual(texts, [`Our colleague Anna in Ulm ([EMAIL_1]) fell ill on Monday after the fair, what is she entitled to?`, 'Write to [EMAIL_1] that six weeks are paid.'])
  const [first, second] = world.cloud.requests.map(({ body }) => (JSON.parse(body.toString()) as { messages: { content: string }[] }).messages)
  assert.deepEqual(second?.[0], first?.[0])
  assert.equal(second?.at(-1)?.content, 'And then?')
})

const objections: readonly (readonly [string, FakeProviderOptions, RegExp])[] = [
  ['still holds something to hide', says('Write to bob@example.com instead of [EMAIL_1].'), /still holds email data/],
  ['holds a pseudonym that was not there', says('A colleague, [EMAIL_7], fell ill.'), /holds a pseudonym that the text did not hold/],
  ['holds a pseudonym of another value, altered', says('A colleague, [phone_1], fell ill.'), /holds a pseudonym that the text did not hold/],
  ['is reasoning without an end', says('<think>Somebody in a town of the south'), /reasoning that has no end/],
  ['is far longer than the text', says('A colleague fell ill. '.repeat(500)), /far longer/],
  ['is empty', says('  '), /said nothing/],
  ['is cut', { reply: () => ({ kind: 'answer', text: rewritten, stop: 'length' }) }, /was cut/],
  ['cannot be had', { reply: () => ({ kind: 'error', status: 500, error: { status: 500, type: 'server_error', message: 'out of memory' } }) }, /answered 500/],
]

for (const [why, local, expected] of objections) {
  test(`a request whose rewritten text ${why} is refused, and nothing leaves`, async t => {
    const world = await start(t, { local })
    const headers = { 'x-portcullis-session': 'one' }
    await world.post('/v1/chat/completions', chat('+49 30 1234567', { model: 'cloud-only' }), headers)
    world.cloud.requests.length = 0
    const response = await world.post('/v1/chat/completions', chat(question, { model: 'cloud-only' }), headers)
    const body = await response.text()
    assert.equal(response.status, 403, body)
    assert.match(body, expected)
    assert.doesNotMatch(body, /anna|bob|Ulm/i)
    assert.equal(world.cloud.requests.length, 0)
    assert.equal(world.outcomes().find(({ method }) => method === 'rephrase')?.['failure'], 'content.blocked')
    assert.equal(world.outcomes().at(-1)?.['failure'], 'content.blocked')
  })
}

test('a local model gets the text as it is, and short values and JSON are replaced without being rewritten', async t => {
  const world = await start(t)
  const home = await world.post('/v1/chat/completions', chat(question, { model: 'home/llama' }))
  assert.equal(home.status, 200)
  assert.ok(world.local.requests.at(-1)?.body.toString().includes(email))
  world.local.requests.length = 0
  for (const text of [email, `{"to":"${email}","note":"one two three four five six"}`]) assert.equal((await world.post('/v1/chat/completions', chat(text, { model: 'cloud-only' }))).status, 200)
  assert.equal(world.local.requests.length, 0)
  assert.doesNotMatch(sent(world), /anna\.muster/)
})

const wrong: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
  ['without a model', { policy: { settings: { data: { rephrase: ['email'] } } } }, /policy\.settings\.data\.rephrase.*needs redaction\.rephrase\.model/s],
  ['with a model that is not there', { redaction: { rephrase: { model: 'home/none' } } }, /redaction\.rephrase\.model.*names no configured model/s],
  ['with a model in the cloud', { redaction: { rephrase: { model: 'cloud/small' } } }, /redaction\.rephrase\.model.*is not local/s],
]

for (const [note, config, expected] of wrong) test(`a configuration ${note} is refused`, async t => { await assert.rejects(startWorld(t, { config }), expected) })

test('surrogates, tokens and masks of a text stay in its rewriting, and what can come back does', async t => {
  const world = await start(t, {
    config: rephrasing({ rephrase: ['us_ssn'], pseudonymise: ['email'], surrogates: ['email'], hash: ['ipv4'], mask: ['card'] }),
    local: { reply: ({ asked }) => ({ kind: 'answer', text: (asked?.userText ?? '').replace('Our colleague Anna in Ulm', 'A colleague') }) },
    cloud: { reply: ({ asked }) => ({ kind: 'answer', text: `I read: ${asked?.userText ?? ''}` }) },
  })
  const response = await world.post('/v1/chat/completions', chat(`Our colleague Anna in Ulm, number 219-09-9999, asks to be written to at ${email} about 4111 1111 1111 1111 from 10.20.30.40.`, { model: 'cloud-only' }))
  const body = await response.text()
  assert.equal(response.status, 200, body)
  assert.match(sent(world), /A colleague, number \[SSN_1\], asks to be written to at user1@redacted\.example about \[CARD\] from \[IP#[a-z2-7]{8}\]\./)
  assert.doesNotMatch(sent(world), /Anna|Ulm|anna\.muster|4111|10\.20|219-09/)
  assert.match(body, /number 219-09-9999, asks to be written to at anna\.muster@example\.com about \[CARD\] from \[IP#[a-z2-7]{8}\]/)
})

test('a provider that may see the kind gets the text as it is, and another one gets it rewritten', async t => {
  const world = await start(t, {
    config: rephrasing({ may_see: [{ kinds: ['email'], providers: ['trusted'] }] }),
    adjust: config => {
      const [cloud] = config['providers'] as { base_url: string }[]
      const provider = adjustEntry('providers', 'trusted', { dialect: 'openai', base_url: cloud?.base_url, credential: { env: 'CLOUD_KEY' } })
      return adjustEntry('models', 'trusted/small', { context: 128_000, price: { usd_per_mtok_in: 0.1, usd_per_mtok_out: 0.1 } })(provider(config))
    },
  })
  assert.equal((await world.post('/v1/chat/completions', chat(question, { model: 'trusted/small' }))).status, 200)
  assert.ok(sent(world).includes(question))
  assert.equal(world.local.requests.length, 0)
  world.cloud.requests.length = 0
  assert.equal((await world.post('/v1/chat/completions', chat(question, { model: 'cloud-only' }))).status, 200)
  assert.ok(sent(world).includes(rewritten))
})

const texts = (count: number): unknown => ({ model: 'cloud-only', messages: [{ role: 'user', content: Array.from({ length: count }, (_text, at) => ({ type: 'text', text: `Number ${at}: ${question}` })) }] })

test('a request may ask for so many rewritings and no more', async t => {
  const world = await start(t, { local: says('A colleague ([EMAIL_1]) fell ill after a business trip, what now?') })
  const response = await world.post('/v1/chat/completions', texts(300))
  const body = await response.text()
  assert.equal(response.status, 403, body)
  assert.match(body, /more than 256 texts/)
  assert.equal(world.local.requests.length + world.cloud.requests.length, 0)
})

test('texts that are too long to be remembered are rewritten once for their request', async t => {
  const world = await start(t, { local: says('A colleague ([EMAIL_1]) fell ill after a business trip, what now?'), adjust: adjustEntry('models', 'cloud/large', { context: 10_000_000 }) })
  const long = `${question} ${'And the weather was fine all the same. '.repeat(60_000)}`
  const response = await world.post('/v1/chat/completions', chat(long, { model: 'cloud-only' }))
  assert.equal(response.status, 200, await response.text())
  assert.equal(world.local.requests.length, 1)
  assert.doesNotMatch(sent(world), /Ulm|weather/)
})

test('who asks again while a text is being rewritten waits for it, and the local model has no more calls than it may have', async t => {
  let [active, most] = [0, 0]
  const world = await start(t, {
    local: { reply: async () => {
      most = Math.max(most, active += 1)
      await new Promise(resolve => { setTimeout(resolve, 80) })
      active -= 1
      return { kind: 'answer', text: rewritten }
    } },
    adjust: adjustEntry('providers', 'home', { limits: { concurrency: 1 } }),
  })
  const ask = (text: string, session: string): Promise<Response> => world.post('/v1/chat/completions', chat(text, { model: 'cloud-only' }), { 'x-portcullis-session': session })
  const responses = await Promise.all([ask(question, 'one'), ask(question, 'one'), ask(question, 'two'), ask(`Well. ${question}`, 'three')])
  for (const response of responses) assert.equal(response.status, 200, await response.text())
  assert.deepEqual([world.local.requests.length, most], [3, 1])
})

test('what a reasoning model thinks aloud does not leave', async t => {
  const world = await start(t, { local: says(`They speak of Anna in Ulm, so I leave her out.\n</think>\n\n${rewritten}`) })
  assert.equal((await world.post('/v1/chat/completions', chat(question, { model: 'cloud-only' }))).status, 200)
  assert.ok(sent(world).includes(rewritten))
  assert.doesNotMatch(sent(world), /Anna|Ulm|think/)
})
