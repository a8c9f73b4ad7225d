// Local models are real: a genuine inference server answers what must not leave the machine, and what a fake cloud sees shows that nothing did.
// Seen here of llama.cpp (xllamacpp 2026.10.11549): the first delta has content null; usage of streams comes in the chunk that is asked for, with
// cached_tokens of its prompt cache; errors have a number for a code.
import assert from 'node:assert/strict'
import { after, test, type TestContext } from 'node:test'
import { adjustEntry, chat, message, startWorld, type World } from '../flow/setup.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { contextTokens, localServers, type LocalServer, type RunningServer } from './local-servers.ts'

// Put together here, so that no scanner takes this file for a leak.
const secret = ['AKIA', 'Q3EGRIJ4TBWLXZ7M'].join('')
const prompt = `Why is this key refused: ${secret}`
const mail = 'anna.berg@example.com'
const tokens = 12

const running = new Map<LocalServer, Promise<RunningServer | string>>()
after(async () => { for (const server of running.values()) { const started = await server; if (typeof started !== 'string') await started.child.stop() } })

/** The cloud first, wherever policy lets it answer. */
const worldWith = (t: TestContext, { server }: LocalServer, { model, url }: RunningServer): Promise<World> => startWorld(t, {
  adjust: config => [
    adjustEntry('providers', 'home', { base_url: url, server }),
    adjustEntry('models', `home/${model}`, { context: contextTokens, capabilities: [] }),
    (changed: Readonly<Record<string, unknown>>) => ({ ...changed, aliases: [{ name: 'auto', strategy: 'listed', candidates: ['cloud/small', `home/${model}`] }] }),
  ].reduce<Record<string, unknown>>((changed, adjust) => adjust(changed), { ...config }),
})

const forEachServer = (name: string, play: (world: World, running: RunningServer, server: LocalServer) => Promise<void>, isOwn = false): void => {
  for (const server of localServers) {
    test(`${server.name}: ${name}`, async t => {
      const begin = (): Promise<RunningServer | string> => server.start(scratchFolder(isOwn ? t : { after }, 'local-model'))
      const started = await (isOwn ? begin() : running.get(server) ?? running.set(server, begin()).get(server))
      if (typeof started === 'string' || started === undefined) {
        t.skip(started)
        return
      }
      if (isOwn) t.after(async () => { await started.child.stop() })
      await play(await worldWith(t, server, started), started, server)
    })
  }
}

interface Told { readonly text: string; readonly prompt: number; readonly output: number; readonly pieces: number }

type Loose = Readonly<Record<string, unknown>> & { readonly choices?: readonly { readonly message?: { readonly content?: string }; readonly delta?: { readonly content?: string | null } }[]; readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null }

/** A chat completion, whole or streamed. */
const toldBy = (body: string): Told => {
  const values = body.startsWith('{') ? [body] : body.split('\n').filter(line => line.startsWith('data: {')).map(line => line.slice(6))
  const parsed = values.map(value => JSON.parse(value) as Loose)
  const texts = parsed.map(({ choices }) => choices?.[0]?.message?.content ?? choices?.[0]?.delta?.content ?? '').filter(text => text !== '')
  const usage = parsed.map(value => value.usage ?? null).findLast(value => value !== null)
  return { text: texts.join(''), prompt: usage?.prompt_tokens ?? 0, output: usage?.completion_tokens ?? 0, pieces: texts.length }
}

/** What the server itself counts for this text. */
const asked = async ({ model, url }: RunningServer, text: string): Promise<Told> => {
  const response = await fetch(`${url}/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(chat(text, { model, max_tokens: tokens })) })
  return toldBy(await response.text())
}

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
    const outcome = world.outcomes().at(-1)
    const usage = outcome?.['usage'] as Readonly<Record<string, number>> | undefined
    assert.deepEqual([usage?.['input'], usage?.['output'], outcome?.['cost_usd']], [direct.prompt, tokens, 0], JSON.stringify(outcome))
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
  const whole = await world.post('/v1/chat/completions', chat(long, { max_tokens: 4 }))
  const body = await whole.text()
  assert.equal(whole.status, tooLong === 'refused' ? 400 : 200, body)
  if (tooLong === 'refused') {
    assert.match(body, /exceed_context_size_error/)
    const translated = await world.post('/v1/messages', message(long, { max_tokens: 4 }))
    assert.match(await translated.text(), /^\{"type":"error","error":\{"type":"invalid_request_error","message":"request \(\d+ tokens\) exceeds/)
    assert.equal(translated.status, 400)
  } else {
    assert.ok(toldBy(body).prompt <= contextTokens, body)
  }
  assert.equal(world.cloud.requests.length, 0)
})

forEachServer('a server that is gone is an error that says so, and nothing goes to the cloud instead', async (world, { child }) => {
  const headers = { 'x-portcullis-session': 'gone' }
  assert.equal((await world.post('/v1/chat/completions', chat(prompt, { max_tokens: 4 }), headers)).status, 200)
  await child.stop('SIGKILL')
  for (const stream of [false, true]) {
    const response = await world.post('/v1/chat/completions', chat(prompt, { max_tokens: 4, stream }), headers)
    const body = await response.text()
    assert.equal(response.status, 502, body)
    assert.match(body, /could not be reached.*"code":"upstream\.connect"/)
    assert.ok(!body.includes(secret))
  }
  assert.deepEqual(world.outcomes().map(({ failure }) => failure), [null, 'upstream.connect', 'upstream.connect'])
  assert.equal(world.cloud.requests.length, 0)
}, true)
