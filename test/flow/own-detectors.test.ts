// Detectors that the operator brings, in the running gateway: lists, patterns and hashed sets hide what they name, a reload takes effect, and
// what is wrong with them is said by field.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { scratchFolder } from '../support/scratch-folder.ts'
import { eventually } from '../support/wait.ts'
import { chat, message, startWorld, withCloudFirst, type World, type WorldOptions } from './setup.ts'

const hashKey = 'a key for tests, long enough'
const hashOf = (value: string): string => createHmac('sha256', hashKey).update(value).digest('hex')
const kinds = ['own:projects', 'own:badge', 'own:customers']
const own = [
  { name: 'projects', words: ['Falcon', 'Blue Heron'], labels: ['project'], sensitivity: 'confidential' },
  { name: 'badge', pattern: 'EMP-[0-9]{4}' },
  { name: 'customers', hashes: { shape: 'word', values: [hashOf('k48211')], key: { env: 'HASH_KEY' }, min_length: 4 } },
]
const data = (pseudonymise: readonly string[]): Record<string, unknown> => ({ policy: { settings: { data: { pseudonymise } } } })
const start = (t: TestContext, options: WorldOptions): Promise<World> => startWorld(t, { environment: { HASH_KEY: hashKey }, adjust: withCloudFirst, ...options })
const ask = (world: World, content: string, model = 'cloud-first'): Promise<Response> => world.post('/v1/chat/completions', chat(content, { model }))
const sent = (world: World): string => world.cloud.requests.map(({ body }) => body.toString()).join('\n')

test('words, patterns and hashed values are pseudonymised for the cloud and restored for the caller', async t => {
  const world = await start(t, {
    config: { redaction: { own: own.map(entry => ({ ...entry, sensitivity: 'public' })) }, ...data(kinds) },
    cloud: { reply: ({ asked }) => ({ kind: 'answer', text: asked?.userText ?? '' }) },
  })
  const said = 'The blue heron of EMP-4711 belongs to customer K-48211, not K-99999. FALCON too.'
  const response = await world.post('/v1/chat/completions', chat(said, { model: 'cloud-only' }))
  const body = await response.json() as { choices: { message: { content: string } }[] }
  assert.equal(response.status, 200)
  assert.equal(body.choices[0]?.message.content, said)
  assert.doesNotMatch(sent(world), /heron|4711|48211|falcon/i)
  assert.match(sent(world), /K-99999/)
  const intent = world.audit().find(({ phase }) => phase === 'intent')
  assert.deepEqual(intent?.['entities'], { 'own:projects': 2, 'own:badge': 1, 'own:customers': 1 })
  assert.deepEqual((intent['labels'] as { labels: string[] }).labels, ['pii', 'project'])
  assert.equal('unseen' in intent, false)
})

test('a list of its own sensitivity keeps what holds it from models that may not have it', async t => {
  const world = await start(t, { config: { redaction: { own } } })
  assert.equal((await ask(world, 'Falcon flies')).status, 200)
  assert.equal(world.cloud.requests.length, 0)
  assert.equal(world.local.requests.length, 1)
  assert.match(world.local.requests[0]?.body.toString() ?? '', /Falcon flies/)
  // What was read stays read.
  assert.equal((await ask(world, 'And now something else')).status, 200)
  assert.equal(world.cloud.requests.length, 0)
})

test('an own secret goes to a local model only', async t => {
  const world = await start(t, { config: { redaction: { own: [{ name: 'codes', secret: true, words: ['open sesame'] }] } } })
  assert.equal((await ask(world, 'The code is Open Sesame')).status, 200)
  assert.deepEqual([world.cloud.requests.length, world.local.requests.length], [0, 1])
  assert.deepEqual(world.audit().find(({ phase }) => phase === 'intent')?.['entities'], { 'own-secret:codes': 1 })
})

test('values shorter than any other detector finds are found', async t => {
  const world = await startWorld(t, { config: { redaction: { own: [{ name: 'projects', words: ['Xi'] }] }, ...data(['own:projects']) } })
  await world.post('/v1/chat/completions', chat('Xi', { model: 'cloud-only' }))
  assert.match(sent(world), /\[OWN_1\]/)
  assert.doesNotMatch(sent(world), /"Xi"/)
})

test('a text that a hashed set could not look through counts as most sensitive, and not as clean', async t => {
  const world = await start(t, { config: { redaction: { own } } })
  const many = Array.from({ length: 36_000 }, (_, index) => `w${index.toString(36)}`).filter(word => /\d/.test(word)).slice(0, 21_000).join(' ')
  const looked = many.split(' ').length
  assert.ok(looked > 20_000, `${looked}`)
  assert.equal((await ask(world, many)).status, 200)
  const intent = world.audit().find(({ phase }) => phase === 'intent')
  assert.deepEqual(intent?.['unseen'], ['detector:own:customers'])
  assert.deepEqual(intent['labels'], { labels: ['unseen'], sensitivity: 'restricted' })
  assert.deepEqual([world.cloud.requests.length, world.local.requests.length], [0, 1])
  // It says nothing about the next text.
  assert.equal((await ask(world, 'hello')).status, 200)
  assert.equal(world.cloud.requests.length, 1)
})

test('a list in a file takes effect when the file changes, also for texts that were looked at before', async t => {
  const folder = scratchFolder(t, 'flow')
  const file = join(folder, 'projects.txt')
  writeFileSync(file, '# code names\nFalcon\n')
  const world = await startWorld(t, { folder, config: { redaction: { own: [{ name: 'projects', words: { file: './projects.txt' } }] }, ...data(['own:projects']) } })
  const ask = async (): Promise<string> => {
    await world.post('/v1/chat/completions', chat('Falcon and Kestrel are two projects with long descriptions, and this text is long enough to be remembered.', { model: 'cloud-only' }))
    return world.cloud.requests.at(-1)?.body.toString() ?? ''
  }
  assert.match(await ask(), /\[OWN_1\] and Kestrel/)
  writeFileSync(file, 'Falcon\nKestrel\n')
  await eventually(() => world.log.some(line => line.includes('reloaded')))
  assert.match(await ask(), /\[OWN_1\] and \[OWN_2\]/)
})

const wrong: readonly (readonly [what: string, entry: Readonly<Record<string, unknown>>, problem: RegExp])[] = [
  ['no way to find anything', { name: 'x' }, /redaction\.own\[0\].*exactly one of words, pattern, hashes/s],
  ['two ways', { name: 'x', words: ['a1'], pattern: 'b' }, /exactly one of words, pattern, hashes/],
  ['a pattern with look-ahead', { name: 'x', pattern: '(?=a)b' }, /redaction\.own\[0\]\.pattern.*no look-around/s],
  ['a pattern that matches nothing', { name: 'x', pattern: 'a*' }, /redaction\.own\[0\]\.pattern.*empty text/s],
  ['a word without a letter', { name: 'x', words: ['fine', '***'] }, /redaction\.own\[0\]\.words\[1\].*neither a letter nor a digit/s],
  ['a file that is not there', { name: 'x', words: { file: './nowhere.txt' } }, /redaction\.own\[0\]\.words\.file.*nowhere\.txt cannot be read/s],
  ['a hash that is none', { name: 'x', hashes: { shape: 'digits', values: ['abc'] } }, /redaction\.own\[0\]\.hashes\.values\[0\].*64 hex digits/s],
  ['no hashes at all', { name: 'x', hashes: { shape: 'digits' } }, /redaction\.own\[0\]\.hashes.*holds no hash/s],
  ['a key that is not there', { name: 'x', hashes: { shape: 'digits', values: [hashOf('1')], key: { env: 'NO_SUCH_KEY' } } }, /redaction\.own\[0\]\.hashes\.key.*NO_SUCH_KEY is not set/s],
  ['a key that is too short', { name: 'x', hashes: { shape: 'digits', values: [hashOf('1')], key: { env: 'SHORT_KEY' } } }, /redaction\.own\[0\]\.hashes\.key.*fewer than 16/s],
  ['a name that is none', { name: 'X Y', words: ['a1'] }, /redaction\.own\[0\]\.name/],
  ['lengths the wrong way round', { name: 'x', hashes: { shape: 'digits', values: [hashOf('1')], min_length: 9, max_length: 8 } }, /max_length.*less than min_length/s],
]
for (const [what, entry, problem] of wrong) {
  test(`refused at start: ${what}`, async t => {
    await assert.rejects(startWorld(t, { environment: { SHORT_KEY: 'short' }, config: { redaction: { own: [entry] } } }), problem)
  })
}

test('two entries of one name are refused', async t => {
  await assert.rejects(startWorld(t, { config: { redaction: { own: [{ name: 'x', words: ['a1'] }, { name: 'x', words: ['b1'] }] } } }), /redaction\.own.*same name/s)
})

test('answers, headers and queries are looked through for what the operator lists, too', async t => {
  const listed = own.map(entry => ({ ...entry, sensitivity: 'public' }))
  const world = await start(t, {
    config: { redaction: { own: listed }, policy: { settings: { data: { pseudonymise: kinds, answers: { kinds: ['own:*'], action: 'mask' } } } } },
    cloud: { reply: () => ({ kind: 'answer', text: 'It is about the Blue Heron, EMP-4711 and customer K-48211, not about K-99999.', deltaChars: 3, chunkBytes: [1, 2, 3, 5, 7] }) },
  })
  for (const stream of [false, true]) {
    const body = await (await world.post('/v1/chat/completions', chat('Hello', { model: 'cloud-only', stream }))).text()
    assert.doesNotMatch(body, /Heron|4711|48211/)
    assert.deepEqual(world.outcomes().at(-1)?.['redactions'], { 'own:projects': 1, 'own:badge': 1, 'own:customers': 1 })
    assert.deepEqual((world.outcomes().at(-1)?.['response_labels'] as { labels: unknown }).labels, ['pii', 'project'])
  }
  assert.equal((await world.post('/v1/messages', message('Hello', { model: 'cloud-anthropic/small' }), { 'anthropic-beta': 'falcon-2026' })).status, 200)
  assert.match(JSON.stringify(world.cloud.requests.at(-1)?.headers), /"anthropic-beta":"\[OWN:PROJECTS\]-2026/)
  const query = await world.post('/v1/messages?note=EMP-4711', message('Hello', { model: 'cloud-anthropic/small' }))
  assert.deepEqual([query.status, (await query.text()).includes('4711')], [403, false])
})

test('own kinds have placeholders beside surrogates of other kinds, and both come back', async t => {
  const world = await start(t, {
    config: { redaction: { own: own.map(entry => ({ ...entry, sensitivity: 'public' })) }, policy: { settings: { data: { pseudonymise: ['own:projects', 'email'], surrogates: ['email'] } } } },
    cloud: { reply: ({ asked }) => ({ kind: 'answer', text: asked?.userText ?? '' }) },
  })
  const said = 'Blue Heron is run by anna.muster@example.com.'
  const body = await (await world.post('/v1/chat/completions', chat(said, { model: 'cloud-only' }))).json() as { choices: { message: { content: string } }[] }
  assert.match(sent(world), /\[OWN_1\] is run by user1@redacted\.example\./)
  assert.equal(body.choices[0]?.message.content, said)
})

test('names that a caller makes up are written down without what the operator\'s lists find in them, and a reload changes that', async t => {
  const world = await start(t, { config: { redaction: { own }, ...data(kinds) } })
  const asked = (): Promise<Response> => world.post('/v1/chat/completions', chat('Hello', { model: 'models/falcon' }), { 'x-portcullis-session': 'work-on-EMP-4711' })
  await asked()
  const before = JSON.stringify(world.audit())
  assert.doesNotMatch(before, /falcon|4711/i)
  assert.match(before, /models\/\[OWN:PROJECTS\]/)
  world.rewriteConfig({ redaction: { own: own.slice(1) } , ...data(kinds.slice(1)) })
  assert.equal(await world.gateway.reload('test'), null)
  await asked()
  assert.match(JSON.stringify(world.audit().at(-1)), /models\/falcon/)
})
