// Local models are real: a genuine inference server answers what must not leave the machine, and what a fake cloud sees shows that nothing did.
// Where requests go is asked here, how these servers speak in local-wire.ts; both of the same running servers, so they are one file to the runner.
import assert from 'node:assert/strict'
import { chat, message, type World } from '../flow/setup.ts'
import { contextTokens } from './local-servers.ts'
import './local-wire.ts'
import { asked, forEachServer, recorded, tokens, toldBy } from './local-world.ts'

// Put together here, so that no scanner takes this file for a leak.
const secret = ['AKIA', 'Q3EGRIJ4TBWLXZ7M'].join('')
const prompt = `Why is this key refused: ${secret}`
const mail = 'anna.berg@example.com'

const isWords = (text: string): boolean => /^\s*[a-z]+( [a-z]+)+\s*$/.test(text)
const cloudSaw = ({ cloud }: World): string => cloud.requests.map(({ body }) => body.toString()).join('\n')

forEachServer('an ordinary prompt goes to the cloud, one with a secret does not', async (world, { model }) => {
  const ordinary = await world.post('/v1/chat/completions', chat('What is a harbour?'))
  assert.equal(ordinary.headers.get('x-portcullis-model'), 'cloud/small', await ordinary.text())
  const guarded = await world.post('/v1/chat/completions', chat(prompt, { max_tokens: tokens }))
  assert.equal(guarded.headers.get('x-portcullis-model'), `home/${model}`, await guarded.text())
  assert.equal(world.cloud.requests.length, 1)
  assert.ok(!cloudSaw(world).includes(secret))
})

for (const stream of [false, true]) {
  forEachServer(`a secret is answered at home, ${stream ? 'streamed' : 'whole'}, and its tokens are those that the server counts`, async (world, local) => {
    const direct = await asked(local, prompt)
    const response = await world.post('/v1/chat/completions', chat(prompt, { max_completion_tokens: tokens, ...stream ? { stream: true, stream_options: { include_usage: true } } : {} }))
    const body = await response.text()
    assert.equal(response.status, 200, body)
    const told = toldBy(body)
    assert.ok(isWords(told.text), body)
    assert.ok(!stream || told.pieces > 3, body)
    assert.deepEqual([told.prompt, told.output], [direct.prompt, tokens], body)
    assert.deepEqual(recorded(world), [direct.prompt, tokens, 0])
    assert.equal(world.cloud.requests.length, 0)
  })
}

forEachServer('callers of other dialects are answered at home, too', async (world, local) => {
  const headers = { 'x-portcullis-session': 'others' }
  const callers = [
    ['/v1/messages', message(prompt, { max_tokens: tokens, stream: true }), /"text_delta","text":"[^"]*[a-z]/, /"output_tokens":12/],
    ['/v1/responses', { model: 'auto', input: prompt, max_output_tokens: tokens, store: false }, /"output_text"/, /"output_tokens":12/],
    ['/v1beta/models/auto:generateContent', { contents: [{ role: 'user', parts: [{ text: prompt }] }], generationConfig: { maxOutputTokens: tokens } }, /"text":"[^"]*[a-z]/, /"candidatesTokenCount":12/],
  ] as const
  for (const [path, body, text, usage] of callers) {
    const response = await world.post(path, body, headers)
    const said = await response.text()
    assert.equal(response.headers.get('x-portcullis-model'), `home/${local.model}`, `${path}: ${said}`)
    assert.match(said, text)
    assert.match(said, usage)
  }
  assert.equal(world.cloud.requests.length, 0)
})

forEachServer('a session that has held a secret stays at home', async (world, { model }) => {
  const ask = async (text: string, session: string): Promise<string | null> => {
    const response = await world.post('/v1/chat/completions', chat(text, { max_tokens: 4 }), { 'x-portcullis-session': session })
    await response.text()
    return response.headers.get('x-portcullis-model')
  }
  assert.equal(await ask('A word about harbours.', 'one'), 'cloud/small')
  assert.equal(await ask(prompt, 'one'), `home/${model}`)
  assert.equal(await ask('And now something harmless.', 'one'), `home/${model}`)
  assert.equal(world.cloud.requests.length, 1)
})

forEachServer('the cloud gets pseudonyms, and local models the real values', async (world, local) => {
  const ordinary = await world.post('/v1/chat/completions', chat(`Write to ${mail}`))
  assert.equal(ordinary.headers.get('x-portcullis-model'), 'cloud/small', await ordinary.text())
  assert.ok(!cloudSaw(world).includes(mail) && cloudSaw(world).includes('[EMAIL_1]'))
  const text = `Write to ${mail} about ${secret}`
  const [real, hidden] = [await asked(local, text), await asked(local, text.replace(mail, '[EMAIL_1]'))]
  assert.notEqual(real.prompt, hidden.prompt)
  const response = await world.post('/v1/chat/completions', chat(text, { max_tokens: tokens }))
  assert.equal(toldBy(await response.text()).prompt, real.prompt)
})

// A token for nearly every character: longer than the gateway takes it for, and than the server has room for.
const long = `${secret} ${'word '.repeat(1300)}`

forEachServer('what the server refuses is told in the caller\'s dialect, and the cloud is not asked instead', async (world, _local, { tooLong }) => {
  const isRefused = tooLong instanceof RegExp
  const callers = [['/v1/chat/completions', chat(long, { max_tokens: 4 })], ['/v1/messages', message(long, { max_tokens: 4 })]] as const
  for (const [path, request] of callers) {
    const response = await world.post(path, request)
    const body = await response.text()
    assert.equal(response.status, isRefused ? 400 : 200, body)
    if (!isRefused) continue
    assert.match(body, tooLong)
    assert.ok(path === '/v1/chat/completions' || body.startsWith('{"type":"error","error":{"type":"invalid_request_error"'), body)
  }
  if (!isRefused) assert.equal(Number(recorded(world)[0]) > contextTokens, tooLong === 'taken')
  assert.equal(world.cloud.requests.length, 0)
})

// The last one: it ends them.
forEachServer('a server that is gone is an error that says so, and nothing goes to the cloud instead', async (world, { child }) => {
  const headers = { 'x-portcullis-session': 'gone' }
  assert.equal((await world.post('/v1/chat/completions', chat(prompt, { max_tokens: 4 }), headers)).status, 200)
  await child.stop('SIGTERM', 30_000)
  for (const stream of [false, true]) {
    const response = await world.post('/v1/chat/completions', chat(prompt, { max_tokens: 4, stream }), headers)
    const body = await response.text()
    assert.equal(response.status, 502, body)
    assert.match(body, /could not be reached.*"code":"upstream\.connect"/)
    assert.ok(!body.includes(secret))
  }
  assert.deepEqual(world.outcomes().map(({ failure }) => failure), [null, 'upstream.connect', 'upstream.connect'])
  assert.equal(world.cloud.requests.length, 0)
})
