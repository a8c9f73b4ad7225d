// Remote detectors in the running gateway, on real sockets: what they find is hidden, what they were asked once they are not asked again, and
// however they fail, what they did not look at goes to no model that may not have everything.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { startFakeDetector, type DetectorProtocol, type FakeDetector, type Misbehaviour } from '../support/fake-detector.ts'
import { startFakeMcpHttp } from '../support/fake-mcp-server.ts'
import { eventually } from '../support/wait.ts'
import { isError, legacyClient, textOf } from './mcp-client.ts'
import { chat, message, startWorld, withCloudFirst, type World, type WorldOptions } from './setup.ts'

const pseudonymise = ['person', 'organisation', 'email', 'own:*']

interface Detected { readonly world: World; readonly detector: FakeDetector }

interface Setting {
  readonly protocol?: DetectorProtocol
  readonly finds?: Readonly<Record<string, string>>
  /** Over the detector's entry. */
  readonly entry?: Readonly<Record<string, unknown>>
  readonly world?: WorldOptions
}

const start = async (t: TestContext, { entry = {}, finds = { 'Anna Muster': 'person' }, protocol = 'portcullis', world = {} }: Setting = {}): Promise<Detected> => {
  const detector = await startFakeDetector({ protocol, finds, key: 'detector-key' })
  t.after(() => detector.close())
  const started = await startWorld(t, {
    environment: { DETECTOR_KEY: 'detector-key' }, adjust: withCloudFirst, ...world,
    config: {
      policy: { settings: { data: { pseudonymise } } },
      redaction: { remote: [{ name: 'names', protocol, url: detector.url, local: true, credential: { env: 'DETECTOR_KEY' }, deadline_ms: 5000, ...entry }] },
      ...world.config,
    },
  })
  return { world: started, detector }
}

const ask = (world: World, content: string, more: Readonly<Record<string, unknown>> = {}): Promise<Response> => world.post('/v1/chat/completions', chat(content, { model: 'cloud-first', ...more }))
const sent = (world: World): string => world.cloud.requests.at(-1)?.body.toString() ?? ''
const intents = (world: World): readonly Readonly<Record<string, unknown>>[] => world.audit().filter(({ phase }) => phase === 'intent')
const textsAsked = (detector: FakeDetector): string[] => detector.calls.flatMap(({ texts }) => texts)

const words: Readonly<Record<DetectorProtocol, string>> = { portcullis: 'person', presidio: 'PERSON', gliner: 'first_name', gliner_nim: 'first_name', gliner_serve: 'person' }
for (const protocol of ['portcullis', 'presidio', 'gliner', 'gliner_nim', 'gliner_serve'] as const) {
  test(`${protocol}: a name behind emoji is a pseudonym for the cloud and itself for the caller`, async t => {
    const { world } = await start(t, {
      protocol, finds: { 'Anna Muster': words[protocol] }, world: { cloud: { reply: ({ asked }) => ({ kind: 'answer', text: asked?.userText ?? '', deltaChars: 3 }) } },
    })
    const said = '👩‍👩‍👧🚀 e\u0301 \ud83d This is about Anna Muster, and Anna Muster only.'
    const response = await ask(world, said, { model: 'cloud-only' })
    const body = await response.json() as { choices: { message: { content: string } }[] }
    assert.equal(response.status, 200)
    assert.match(sent(world), /about \[PERSON_1\], and \[PERSON_1\] only/)
    assert.doesNotMatch(sent(world), /Anna/)
    assert.match(body.choices[0]?.message.content ?? '', /about Anna Muster, and Anna Muster only\.$/)
    assert.deepEqual(intents(world)[0]?.['entities'], { person: 2 })
  })
}

test('a history that is sent again is asked about once: only what is new goes to the detector', async t => {
  const { world, detector } = await start(t)
  const messages = [{ role: 'user', content: 'First message, from Anna Muster.' }]
  for (let turn = 0; turn < 5; turn += 1) {
    assert.equal((await world.post('/v1/chat/completions', { model: 'cloud-only', messages })).status, 200)
    messages.push({ role: 'assistant', content: `Answer number ${turn} of the model` }, { role: 'user', content: `Question number ${turn} of the user` })
  }
  assert.equal(detector.calls.length, 5)
  const texts = textsAsked(detector)
  assert.equal(new Set(texts).size, texts.length)
  assert.equal(texts.length, 9)
})

test('the new texts of a request go in few calls, and no more of them at once than is allowed', async t => {
  const { world, detector } = await start(t, { entry: { batch_texts: 10, concurrency: 2 } })
  const messages = Array.from({ length: 100 }, (_, index) => ({ role: 'user', content: `Message number ${index} of Anna Muster` }))
  assert.equal((await world.post('/v1/chat/completions', { model: 'cloud-only', messages })).status, 200)
  assert.equal(detector.calls.length, 10)
  assert.ok(detector.most <= 2, `${detector.most} at once`)
  assert.doesNotMatch(sent(world), /Anna/)
})

test('only the sources that are named are sent, and short texts are not', async t => {
  const { world, detector } = await start(t, { entry: { for: ['tool_result'], min_chars: 15 } })
  await world.post('/v1/messages', {
    ...message('The prompt of the user'), system: 'The system text of the application', tools: [{ name: 'look', description: 'Looks for something, somewhere', input_schema: { type: 'object' } }],
    messages: [
      { role: 'user', content: 'The prompt of the user' }, { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'look', input: { what: 'the argument of the call' } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: [{ type: 'text', text: 'The result of the tool call' }, { type: 'text', text: 'short' }] }] },
    ],
  })
  assert.deepEqual(textsAsked(detector), ['The result of the tool call'])
  assert.equal((detector.calls[0]?.body['texts'] as { context: { source: string } }[])[0]?.context.source, 'tool_result')
})

test('what the gateway and the detector find together has no overlaps', async t => {
  const { world } = await start(t, { finds: { 'anna@example': 'organisation', 'Anna Muster': 'person' } })
  await ask(world, 'Anna Muster writes as anna@example.com every day', { model: 'cloud-only' })
  assert.match(sent(world), /\[PERSON_1\] writes as \[EMAIL_1\] every day/)
})

test('a type that nobody has named is hidden under the name of the detector; one that is not wanted is not', async t => {
  const { world } = await start(t, { protocol: 'presidio', finds: { 'flux condenser': 'GADGET', 'yesterday': 'DATE_TIME', 'Zorgon': 'SPECIES' }, entry: { kinds: { SPECIES: 'own:gadget' } } })
  await ask(world, 'The flux condenser of the Zorgon broke yesterday', { model: 'cloud-only' })
  assert.match(sent(world), /The \[OWN_1\] of the \[OWN_2\] broke yesterday/)
  assert.deepEqual(intents(world)[0]?.['entities'], { 'own:names': 1, 'own:gadget': 1 })
})

const failures: Readonly<Record<string, Misbehaviour>> = {
  'it answers 500': { kind: 'status', status: 500 }, 'it answers 401': { kind: 'status', status: 401 }, 'it hangs': { kind: 'hang' }, 'it is too slow': { kind: 'slow', ms: 5000 },
  'it answers something that is not JSON': { kind: 'body', body: '<html>' }, 'it answers other JSON': { kind: 'body', body: '{"spans":[]}' }, 'it answers far too much': { kind: 'huge' },
  'its answer breaks off': { kind: 'cut' }, 'its offsets are outside of the text': { kind: 'shifted', by: 9999 }, 'its offsets are negative': { kind: 'shifted', by: -9999 }, 'it leaves a text out': { kind: 'partial' },
}
for (const [what, how] of Object.entries(failures)) {
  test(`${what}: the request goes to a local model as it is, and the next one, which is looked at, to the cloud`, async t => {
    const { world, detector } = await start(t, { entry: { deadline_ms: 1500, give_up_ms: 2000 } })
    detector.behave(how)
    const response = await ask(world, 'This is about Anna Muster.')
    assert.equal(response.status, 200)
    assert.deepEqual([world.cloud.requests.length, world.local.requests.length], [0, 1])
    assert.deepEqual(intents(world)[0]?.['unseen'], ['detector:names'])
    assert.deepEqual(intents(world)[0]?.['labels'], { labels: ['unseen'], sensitivity: 'restricted' })
    detector.behave({ kind: 'none' })
    assert.equal((await ask(world, 'This is about Anna Muster.')).status, 200)
    assert.equal(world.cloud.requests.length, 1)
    assert.match(sent(world), /about \[PERSON_1\]\./)
    assert.doesNotMatch(world.log.join('\n'), /Anna/)
    assert.doesNotMatch(await world.metrics(), /Anna/)
  })
}

test('where no local model is, a request that was not looked at is refused, and nothing leaves', async t => {
  const { world, detector } = await start(t)
  detector.behave({ kind: 'status', status: 500 })
  const response = await ask(world, 'This is about Anna Muster.', { model: 'cloud-only' })
  assert.ok(response.status >= 400, `${response.status}`)
  assert.equal(world.cloud.requests.length, 0)
})

test('on_failure: ignore lets it pass, and says so all the same', async t => {
  const { world, detector } = await start(t, { entry: { on_failure: 'ignore' } })
  detector.behave({ kind: 'status', status: 500 })
  assert.equal((await ask(world, 'This is about Anna Muster.', { model: 'cloud-only' })).status, 200)
  assert.match(sent(world), /Anna Muster/)
  assert.deepEqual(intents(world)[0]?.['unseen'], ['detector:names'])
  assert.deepEqual(intents(world)[0]?.['labels'], { labels: [], sensitivity: 'public' })
})

test('a detector that does not run at all is a detector that failed', async t => {
  const { world, detector } = await start(t)
  await detector.close()
  assert.equal((await ask(world, 'This is about Anna Muster.')).status, 200)
  assert.deepEqual([world.cloud.requests.length, world.local.requests.length], [0, 1])
})

test('a text that is too long for it counts as not seen, and is not sent', async t => {
  const { world, detector } = await start(t, { entry: { max_chars: 200 } })
  assert.equal((await ask(world, `Anna Muster ${'and so on '.repeat(30)}`)).status, 200)
  assert.deepEqual(intents(world)[0]?.['unseen'], ['detector:names', 'too_long'])
  assert.deepEqual([detector.calls.length, world.cloud.requests.length, world.local.requests.length], [0, 0, 1])
})

test('what came too late is known the next time', async t => {
  const { world, detector } = await start(t, { entry: { deadline_ms: 30 } })
  detector.behave({ kind: 'slow', ms: 250 })
  await ask(world, 'This is about Anna Muster.')
  assert.deepEqual(intents(world)[0]?.['unseen'], ['detector:names'])
  await eventually(async () => /gateway_detector_calls_total\{gateway_detector_name="names",gateway_detector_outcome="ok"\} 1/.test(await world.metrics()))
  await ask(world, 'This is about Anna Muster.', { model: 'cloud-only' })
  assert.match(sent(world), /\[PERSON_1\]/)
  assert.equal(detector.calls.length, 1)
})

test('a detector that fails again and again is left alone, with one line in the log', async t => {
  const { world, detector } = await start(t, { entry: { breaker_failures: 3, breaker_cooldown_ms: 600_000 } })
  detector.behave({ kind: 'status', status: 503 })
  for (let call = 0; call < 8; call += 1) await ask(world, `Message number ${call} of Anna Muster`)
  assert.equal(detector.calls.length, 3)
  assert.equal(world.log.filter(line => line.includes('a remote detector fails')).length, 1)
  assert.equal(world.cloud.requests.length, 0)
  assert.match(await world.metrics(), /gateway_detector_calls_total\{gateway_detector_name="names",gateway_detector_outcome="resting"\} 5/)
})

test('one that answers again after its rest is asked as before', async t => {
  const { world, detector } = await start(t, { entry: { breaker_failures: 1, breaker_cooldown_ms: 10 } })
  detector.behave({ kind: 'status', status: 503 })
  await ask(world, 'This is about Anna Muster.')
  assert.equal(world.cloud.requests.length, 0)
  detector.behave({ kind: 'none' })
  await eventually(async () => {
    await ask(world, 'And now about Anna Muster again')
    return world.cloud.requests.length > 0
  })
  assert.match(sent(world), /\[PERSON_1\]/)
})

test('arguments of tools and their results are looked at; unseen arguments go to no server', async t => {
  const web = await startFakeMcpHttp({})
  t.after(() => web.close())
  const { world, detector } = await start(t, { world: { mcpServers: { web: { url: web.url } } } })
  const client = await legacyClient(t, world)
  const echo = (text: string): Promise<unknown> => client.callTool({ name: 'web__echo', arguments: { text } })
  assert.match(textOf(await echo('Written by Anna Muster today')), /Anna Muster/)
  const [asked, answered] = textsAsked(detector)
  assert.equal(asked, 'Written by Anna Muster today')
  assert.match(answered ?? '', /\{"text":"Written by Anna Muster today"\}/)
  assert.deepEqual(intents(world).at(-1)?.['entities'], { person: 1 })
  const received = web.fake.received.filter(({ method }) => method === 'tools/call').length
  detector.behave({ kind: 'status', status: 500 })
  const refused = await echo('Something else about Anna Muster')
  assert.equal(isError(refused), true)
  assert.match(textOf(refused), /unseen_to_server/)
  assert.equal(web.fake.received.filter(({ method }) => method === 'tools/call').length, received)
})

test('pictures, files and sound are listed, allowed unless policy says otherwise, and stay at home or stop where it does', async t => {
  const picture = [{ type: 'text', text: 'What is this?' }, { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(40)}` } }]
  const paper = [{ type: 'text', text: 'What is this?' }, { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'A'.repeat(40) } }]
  for (const [unseen_media, cloud, local, status] of [['allow', 2, 0, 200], ['local', 0, 2, 200], ['block', 0, 0, 403]] as const) {
    const world = await startWorld(t, { adjust: withCloudFirst, config: { policy: { settings: { data: { unseen_media } } } } })
    const statuses = [
      (await world.post('/v1/chat/completions', { ...chat(''), model: 'cloud-first', messages: [{ role: 'user', content: picture }] })).status,
      (await world.post('/v1/messages', { ...message(''), model: 'cloud-first', messages: [{ role: 'user', content: paper }] })).status,
    ]
    assert.deepEqual([statuses, world.cloud.requests.length, world.local.requests.length], [[status, status], cloud, local], unseen_media)
    if (status === 200) assert.deepEqual(intents(world).map(intent => intent['unseen']), [['image'], ['file']])
  }
})

test('a reload changes the detectors, and keeps what is known where nothing changed', async t => {
  const { world, detector } = await start(t)
  await ask(world, 'This is about Anna Muster.', { model: 'cloud-only' })
  assert.equal(await world.gateway.reload('test'), null)
  await ask(world, 'This is about Anna Muster.', { model: 'cloud-only' })
  assert.equal(detector.calls.length, 1)
  world.rewriteConfig({ redaction: { remote: [] } })
  assert.equal(await world.gateway.reload('test'), null)
  await ask(world, 'This is about Anna Muster.', { model: 'cloud-only', messages: [{ role: 'user', content: 'Another text about nobody' }] })
  assert.equal(detector.calls.length, 1)
})

const wrong: readonly (readonly [what: string, entry: Readonly<Record<string, unknown>>, problem: RegExp])[] = [
  ['a detector that nobody vouches for', { local: false }, /redaction\.remote\[0\]\.local.*asserted: true/s],
  ['a local detector at a public address', { url: 'https://detector.example.com' }, /redaction\.remote\[0\]\.local.*looks public/s],
  ['no URL', { url: 'nowhere' }, /redaction\.remote\[0\]\.url/],
  ['a password in the address', { url: 'http://anna:secret@127.0.0.1:5002' }, /redaction\.remote\[0\]\.url.*must not hold credentials/s],
  ['a header of our own', { headers: { 'content-length': '1' } }, /redaction\.remote\[0\]\.headers.*said by the gateway itself/s],
  ['two ways to authorise', { headers: { authorization: 'x' } }, /redaction\.remote\[0\]\.credential.*headers\.authorization/s],
  ['a header whose secret is not there', { headers: { 'x-api-key': { env: 'NO_KEY' } } }, /redaction\.remote\[0\]\.headers\.x-api-key.*NO_KEY is not set/s],
  ['a kind that nobody knows', { kinds: { PERSON: 'human' } }, /redaction\.remote\[0\]\.kinds\.PERSON.*own:<name>/s],
  ['a source that nobody knows', { for: ['answers'] }, /redaction\.remote\[0\]\.for\[0\]/],
  ['a key that is not there', { credential: { env: 'NO_KEY' } }, /redaction\.remote\[0\]\.credential.*NO_KEY is not set/s],
]
for (const [what, entry, problem] of wrong) test(`refused at start: ${what}`, async t => { await assert.rejects(start(t, { entry }), problem) })
