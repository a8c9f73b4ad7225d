// Whatever is sent, the caller gets an error in its own dialect that names the field and the remedy, and the next call is served.
import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import type { FailureCode } from '../../gateway/exchange/failure.ts'
import { eventually } from '../support/wait.ts'
import { adjustEntry, chat, keys, message, startWorld, type World } from './setup.ts'

interface Sent {
  readonly method?: string
  readonly path?: string
  /** Undefined takes a header out. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly body?: string | Buffer
  /** Sends the body in pieces, without its length. */
  readonly chunked?: boolean
}

interface Got { readonly status: number; readonly headers: NodeJS.Dict<string | string[]>; readonly body: string }

/** fetch does not let a test set Host, nor leave the length out. */
const send = (world: World, { method = 'POST', path = '/', headers = {}, body: text = '', chunked = false }: Sent): Promise<Got> => new Promise((resolve, reject) => {
  const body = Buffer.from(text)
  const { hostname, port } = new URL(world.url)
  const given = Object.entries(headers).filter(([, value]) => value !== undefined) as [string, string][]
  const request = httpRequest({ hostname, port, method, path, agent: false, headers: { ...Object.fromEntries(given), ...(chunked || body.length === 0 ? {} : { 'content-length': body.length }) } }, response => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => { chunks.push(chunk) })
    response.on('end', () => { resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() }) })
  })
  request.on('error', reject)
  if (!chunked) {
    request.end(body)
    return
  }
  for (let at = 0; at < body.length; at += 500) request.write(body.subarray(at, at + 500))
  request.end()
})

const dialects = [
  { dialect: 'openai', path: '/v1/chat/completions', missing: '/v1/completions', ask: chat },
  { dialect: 'anthropic', path: '/v1/messages', missing: '/v1/messages/batches', ask: message },
] as const
type Dialect = (typeof dialects)[number]['dialect']

/** The message of an error in the dialect's published shape. */
const messageOf = (dialect: Dialect, body: string): string => {
  const parsed = JSON.parse(body) as { type?: string; request_id?: string; error: { type: string; message: string; code?: string; param?: string | null } }
  assert.equal(typeof parsed.error.type, 'string')
  if (dialect === 'anthropic') {
    assert.equal(parsed.type, 'error')
    assert.equal(typeof parsed.request_id, 'string')
  } else {
    assert.equal(typeof parsed.error.code, 'string')
    assert.notEqual(parsed.error.param, undefined)
  }
  return parsed.error.message
}

interface Case { readonly name: string; readonly sent: Sent; readonly status: number; readonly code: FailureCode; readonly says: RegExp }

const casesFor = ({ path, missing, ask }: (typeof dialects)[number]): Case[] => {
  const good = ask('Hi')
  const text = JSON.stringify(good)
  const json = (changes: Readonly<Record<string, unknown>>): Sent => ({ body: JSON.stringify({ ...good, ...changes }) })
  return [
    { name: 'JSON that is cut off', sent: { body: text.slice(0, -3) }, status: 400, code: 'request.malformed', says: /JSON/ },
    { name: 'an empty body', sent: {}, status: 400, code: 'request.malformed', says: /JSON|empty/ },
    { name: 'a body that is not an object', sent: { body: '[1]' }, status: 400, code: 'request.malformed', says: /body: must be a JSON object/ },
    { name: 'a key that comes twice', sent: { body: text.replace('{', '{"model":"cloud/large",') }, status: 400, code: 'request.malformed', says: /model/ },
    { name: 'a key in another case', sent: json({ Model: 'cloud/large' }), status: 400, code: 'request.malformed', says: /Model: must be spelled "model"/ },
    { name: 'a model that is a number', sent: json({ model: 7 }), status: 400, code: 'request.malformed', says: /model: must be a non-empty string/ },
    { name: 'a model whose name has no end', sent: json({ model: 'x'.repeat(513) }), status: 400, code: 'request.malformed', says: /model: must be at most 512 characters/ },
    { name: 'messages that are a text', sent: json({ messages: 'Hi' }), status: 400, code: 'request.malformed', says: /messages: must be an array/ },
    { name: 'a message without a role', sent: json({ messages: [{ content: 'Hi' }] }), status: 400, code: 'request.malformed', says: /messages\.0\.role: must be a string/ },
    { name: 'a stream flag that is a text', sent: json({ stream: 'yes' }), status: 400, code: 'request.malformed', says: /stream: must be true or false/ },
    { name: 'a token limit below zero', sent: json({ max_tokens: -1 }), status: 400, code: 'request.malformed', says: /max_tokens: must be a whole number/ },
    { name: 'nesting without end', sent: { body: text.replace('{', `{"x":${'['.repeat(200)}${']'.repeat(200)},`) }, status: 400, code: 'request.malformed', says: /deep|nest/i },
    { name: 'bytes that are not UTF-8 text', sent: { body: Buffer.from(text.replace('Hi', '\u00e9'), 'latin1') }, status: 400, code: 'request.malformed', says: /UTF-8/ },
    { name: 'another content type', sent: { body: text, headers: { 'content-type': 'text/plain' } }, status: 400, code: 'request.malformed', says: /Content-Type: application\/json/ },
    { name: 'no content type', sent: { body: text, headers: { 'content-type': undefined } }, status: 400, code: 'request.malformed', says: /Content-Type: application\/json/ },
    { name: 'a compressed body', sent: { body: text, headers: { 'content-encoding': 'gzip' } }, status: 400, code: 'request.malformed', says: /uncompressed/ },
    { name: 'a body whose declared size is too large', sent: { body: JSON.stringify(ask('x'.repeat(5000))) }, status: 413, code: 'request.too_large', says: /4096 bytes.*limits\.body_bytes/ },
    { name: 'a body that grows too large', sent: { body: JSON.stringify(ask('x'.repeat(50_000))), chunked: true }, status: 413, code: 'request.too_large', says: /4096 bytes.*limits\.body_bytes/ },
    { name: 'an endpoint that there is not', sent: { path: missing, body: text }, status: 404, code: 'request.unsupported', says: /no such endpoint/ },
    { name: 'another method', sent: { method: 'PUT', path, body: text }, status: 405, code: 'request.method', says: /takes POST/ },
    { name: 'a method that hardly anybody knows', sent: { method: 'PROPFIND', path, body: text }, status: 405, code: 'request.method', says: /takes POST/ },
    { name: 'a path that cannot be decoded', sent: { path: `${missing}/%zz`, body: text }, status: 404, code: 'request.unsupported', says: /no such endpoint/ },
    { name: 'a path that climbs', sent: { path: `${missing}/../../status`, body: text }, status: 404, code: 'request.unsupported', says: /no such endpoint/ },
    { name: 'a model that nobody configured', sent: json({ model: 'gpt-99' }), status: 404, code: 'route.none', says: /"gpt-99" is not configured.*\/v1\/models/ },
    { name: 'no key', sent: { body: text, headers: { authorization: undefined } }, status: 401, code: 'auth.missing', says: /Send a gateway key/ },
    { name: 'a key that nobody gave out', sent: { body: text, headers: { authorization: 'Bearer pk_wrong' } }, status: 401, code: 'auth.invalid', says: /not known/ },
    { name: 'the provider\'s key', sent: { body: text, headers: { authorization: 'Bearer cloud-secret' } }, status: 401, code: 'auth.invalid', says: /keys of providers are not accepted/ },
    { name: 'two different keys', sent: { body: text, headers: { 'x-api-key': keys.bob } }, status: 401, code: 'auth.invalid', says: /two different keys/ },
    { name: 'a Host that is not ours', sent: { body: text, headers: { host: 'evil.example:80' } }, status: 403, code: 'auth.origin', says: /listen\.allowed_hosts/ },
    { name: 'a web origin that is not ours', sent: { body: text, headers: { origin: 'https://evil.example' } }, status: 403, code: 'auth.origin', says: /listen\.allowed_origins/ },
  ]
}

for (const spoken of dialects) {
  const { dialect, path, ask } = spoken
  test(`${dialect}: bad input is refused in the caller's dialect, with the field and the remedy, and reaches nobody`, async t => {
    const world = await startWorld(t, { config: { limits: { body_bytes: 4096 } } })
    for (const { name, sent, status, code, says } of casesFor(spoken)) {
      await t.test(name, async () => {
        const version = dialect === 'anthropic' ? { 'anthropic-version': '2023-06-01' } : {}
        const got = await send(world, { path, ...sent, headers: { 'content-type': 'application/json', authorization: `Bearer ${keys.alice}`, ...version, ...sent.headers } })
        assert.equal(got.status, status, got.body)
        const text = messageOf(dialect, got.body)
        assert.match(text, says)
        assert.ok(text.includes(`(portcullis ${code}`), text)
        assert.doesNotMatch(got.body, /cloud-secret|pk_alice|pk_wrong|pk_bob/)
        const id = String(got.headers['x-portcullis-exchange'])
        assert.ok(text.includes(id))
        const outcome = world.outcomes().at(-1)
        assert.deepEqual([outcome?.['exchange'], outcome?.['failure'], outcome?.['status']], [id, code, status])
      })
    }
    assert.equal(world.cloud.requests.length + world.local.requests.length, 0, 'nothing of it was forwarded')
    assert.equal((await world.post(path, ask('Hi'))).status, 200, 'and the next call is served')
  })

  test(`${dialect}: a body of exactly the limit passes, declared or in pieces`, async t => {
    const world = await startWorld(t, { config: { limits: { body_bytes: 4096 } } })
    const empty = JSON.stringify(ask('')).length
    const body = JSON.stringify(ask('x'.repeat(4096 - empty)))
    for (const chunked of [false, true]) {
      const got = await send(world, { path, body, chunked, headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', authorization: `Bearer ${keys.alice}` } })
      assert.equal(got.status, 200, got.body)
    }
  })

  test(`${dialect}: a caller who leaves while sending the body is recorded and holds no place`, async t => {
    const world = await startWorld(t, { config: { limits: { exchanges: 1, queue_ms: 0 } } })
    const { hostname, port } = new URL(world.url)
    const socket = connect({ host: hostname, port: Number(port) })
    socket.write(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${keys.alice}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"model":`)
    await eventually(async () => (await (await world.admin('/status')).json() as { active: number }).active === 1)
    socket.destroy()
    const outcome = await eventually(() => world.outcomes().at(-1))
    assert.deepEqual([outcome['failure'], outcome['status']], ['client.gone', 499])
    assert.equal((await world.post(path, ask('Hi'))).status, 200)
  })

  test(`${dialect}: headers that claim an identity change nothing`, async t => {
    const world = await startWorld(t)
    const forged = {
      'x-user': 'alice', 'x-forwarded-user': 'alice', 'x-remote-user': 'alice', 'x-groups': 'engineering', 'x-portcullis-subject': 'alice', 'x-portcullis-key': 'alice',
      'x-tenant': 'other', 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9', 'x-real-ip': '203.0.113.9',
    }
    const response = await world.post(path, ask('Hi'), { ...forged, authorization: `Bearer ${keys.bob}` })
    assert.equal(response.status, 403)
    assert.match(messageOf(dialect, await response.text()), /policy\.denied/)
    const outcome = world.outcomes().at(-1)
    assert.equal((outcome?.['subject'] as { id: string }).id, 'bob')
    assert.equal(outcome?.['key'], 'bob')
    assert.equal(outcome['client'], '127.0.0.1')
    assert.equal(world.cloud.requests.length, 0)
  })

  test(`${dialect}: a key that asks too often is told when to come back`, async t => {
    const world = await startWorld(t, { adjust: adjustEntry('keys', 'alice', { limits: { requests_per_minute: 2 } }) })
    const answers = [await world.post(path, ask('Hi')), await world.post(path, ask('Hi')), await world.post(path, ask('Hi'))]
    assert.deepEqual(answers.map(({ status }) => status), [200, 200, 429])
    assert.ok(Number(answers[2]?.headers.get('retry-after')) > 0)
    assert.match(messageOf(dialect, await answers[2]?.text() ?? ''), /2 requests a minute.*quota\.exceeded/)
    assert.equal((await world.post(path, ask('Hi'), { authorization: `Bearer ${keys.root}` })).status, 200, 'others are not slowed down')
  })

  for (const [what, status, code, adjust, config] of [
    ['more calls at once than its key may have', 429, 'quota.exceeded', adjustEntry('keys', 'alice', { limits: { concurrency: 1 } }), {}],
    ['more calls at once than the gateway takes', 503, 'gateway.overloaded', (given: Readonly<Record<string, unknown>>) => given, { limits: { exchanges: 1, queue_ms: 0 } }],
  ] as const) {
    test(`${dialect}: ${what} are refused at once, and served when the others are done`, async t => {
      const answering = Promise.withResolvers<null>()
      const world = await startWorld(t, { adjust, config, cloud: { reply: () => answering.promise } })
      const running = world.post(path, ask('Hi', { model: 'cloud-only' }))
      await eventually(() => world.cloud.requests.length === 1)
      const refused = await world.post(path, ask('Hi', { model: 'cloud-only' }))
      assert.equal(refused.status, status)
      assert.ok(Number(refused.headers.get('retry-after')) > 0)
      assert.ok(messageOf(dialect, await refused.text()).includes(code))
      answering.resolve(null)
      assert.equal((await running).status, 200)
      assert.equal((await world.post(path, ask('Hi', { model: 'cloud-only' }))).status, 200)
    })
  }

  for (const [what, reply] of [
    ['JSON that is none', { kind: 'raw', body: '{"choices": [', headers: { 'content-type': 'application/json' } }],
    ['an answer that breaks off', { kind: 'answer', text: 'a long enough text', cutAfterBytes: 30 }],
    ['no HTTP answer at all', { kind: 'reset' }],
  ] as const) {
    test(`${dialect}: a provider that sends ${what} is a failure of the upstream`, async t => {
      const world = await startWorld(t, { config: { resilience: { attempts: 1 } } })
      world.cloud.script.push(reply)
      const response = await world.post(path, ask('Hi', { model: 'cloud-only' }))
      const body = await response.text()
      assert.equal(response.status, 502, body)
      assert.match(messageOf(dialect, body), /portcullis upstream\.(protocol|connect)/)
      assert.equal((await world.post(path, ask('Hi', { model: 'cloud-only' }))).status, 200)
    })
  }

  test(`${dialect}: an answer that is longer than allowed is a failure of the upstream, with the setting that bounds it`, async t => {
    const world = await startWorld(t, { config: { limits: { answer_bytes: 2048 }, resilience: { attempts: 1 } } })
    world.cloud.script.push({ kind: 'answer', text: 'x'.repeat(5000) })
    const response = await world.post(path, ask('Hi', { model: 'cloud-only' }))
    assert.equal(response.status, 502)
    assert.match(messageOf(dialect, await response.text()), /longer than 2048 bytes.*upstream\.protocol/)
    assert.equal((await world.post(path, ask('Hi', { model: 'cloud-only' }))).status, 200)
  })

  for (const [what, delivery, chunks] of [
    ['cut between events', { cutAfterEvents: 3 }, {}],
    ['cut inside an event', { cutAfterBytes: 700 }, { chunkBytes: [5] }],
  ] as const) {
    test(`${dialect}: a stream that is ${what} ends with the dialect's error event, which its official client throws`, async t => {
      const world = await startWorld(t, { cloud: { reply: ({ asked }) => asked?.stream === true ? { kind: 'answer', text: 'This will not be complete, whatever happens. '.repeat(20), ...delivery, ...chunks } : null } })
      const raw = await (await world.post(path, ask('Hi', { model: 'cloud-only', stream: true }))).text()
      assert.match(raw, /upstream\.protocol/)
      assert.doesNotMatch(raw, /\[DONE\]|message_stop/)
      assert.equal(world.outcomes().at(-1)?.['failure'], 'upstream.protocol')
      await assert.rejects(async () => {
        if (dialect === 'openai') {
          const client = new OpenAI({ apiKey: keys.alice, baseURL: `${world.url}/v1`, maxRetries: 0 })
          for await (const chunk of await client.chat.completions.create({ model: 'cloud-only', stream: true, messages: [{ role: 'user', content: 'Hi' }] })) assert.ok(chunk.id)
        } else {
          const client = new Anthropic({ apiKey: keys.alice, baseURL: world.url, maxRetries: 0 })
          for await (const event of await client.messages.create({ model: 'cloud-only', max_tokens: 64, stream: true, messages: [{ role: 'user', content: 'Hi' }] })) assert.ok(event.type)
        }
      }, (error: unknown) => error instanceof (dialect === 'openai' ? OpenAI.APIError : Anthropic.APIError) && /upstream\.protocol/.test(error.message))
      assert.equal((await world.post(path, ask('Hi', { model: 'cloud-only' }))).status, 200)
    })
  }
}

test('the official clients turn refusals into their own error classes', async t => {
  const world = await startWorld(t)
  const messages = [{ role: 'user' as const, content: 'Hi' }]
  const askOpenai = (apiKey: string, model: string): Promise<unknown> =>
    new OpenAI({ apiKey, baseURL: `${world.url}/v1`, maxRetries: 0 }).chat.completions.create({ model, messages })
  const askAnthropic = (apiKey: string, model: string): Promise<unknown> =>
    new Anthropic({ apiKey, baseURL: world.url, maxRetries: 0 }).messages.create({ model, messages, max_tokens: 16 })
  await assert.rejects(askOpenai('pk_wrong', 'auto'), OpenAI.AuthenticationError)
  await assert.rejects(askAnthropic('pk_wrong', 'auto'), Anthropic.AuthenticationError)
  await assert.rejects(askOpenai(keys.bob, 'auto'), OpenAI.PermissionDeniedError)
  await assert.rejects(askAnthropic(keys.bob, 'auto'), Anthropic.PermissionDeniedError)
  await assert.rejects(askOpenai(keys.alice, 'none'), (error: unknown) => error instanceof OpenAI.NotFoundError && error.code === 'route.none' && error.param === 'model')
  await assert.rejects(askAnthropic(keys.alice, 'none'), Anthropic.NotFoundError)
  await assert.rejects(askOpenai(keys.alice, ''), OpenAI.BadRequestError)
  await assert.rejects(askAnthropic(keys.alice, ''), Anthropic.BadRequestError)
  assert.ok(await askOpenai(keys.alice, 'auto'))
  assert.ok(await askAnthropic(keys.alice, 'auto'))
})

test('an error of the provider within a stream passes, and is recorded', async t => {
  const world = await startWorld(t, { cloud: { reply: () => ({ kind: 'answer', text: 'not complete', errorAfterEvents: { events: 3, error: { status: 529, message: 'Overloaded in the middle' } } }) } })
  for (const { path, ask } of dialects) {
    const text = await (await world.post(path, ask('Hi', { model: 'cloud-only', stream: true }))).text()
    assert.match(text, /Overloaded in the middle/)
    assert.doesNotMatch(text, /message_stop|\[DONE\]/)
    assert.notEqual(world.outcomes().at(-1)?.['failure'], null)
  }
})

for (const { dialect, path, ask } of dialects) {
  test(`${dialect}: names of models that no header and no path can hold do not reach a provider, and end nothing`, async t => {
    const home = dialect === 'openai' ? 'home' : 'home-anthropic'
    const world = await startWorld(t, { adjust: config => adjustEntry('models', `${home}/模型`, { context: 32_000 })(adjustEntry('providers', home, { passthrough: true })(config)) })
    for (const odd of ['中文', '\u001b[2J', 'a\r\nx-b: c', '../../v1/files', 'a?b#c']) {
      const refused = await world.post(path, ask('Hi', { model: `${home}/${odd}` }))
      assert.equal(refused.status, 404, odd)
      assert.match(messageOf(dialect, await refused.text()), /is not configured/)
    }
    assert.equal(world.local.requests.length, 0)
    // Names that the operator chose are the operator's.
    const answered = await world.post(path, ask('Hi', { model: `${home}/模型` }))
    assert.deepEqual([answered.status, decodeURI(answered.headers.get('x-portcullis-model') ?? '')], [200, `${home}/模型`])
    await answered.text()
  })
}

test('a key in an address is taken in no dialect, and reaches no provider', async t => {
  const world = await startWorld(t)
  for (const [path, body] of [
    ['/v1/chat/completions?key=', chat('hello')], ['/v1/responses?api_key=', { model: 'cloud/small', input: 'hello' }],
    ['/v1/messages?beta=true&access_token=', { model: 'cloud-anthropic/small', max_tokens: 10, messages: [{ role: 'user', content: 'hello' }] }],
  ] as const) {
    const response = await world.post(`${path}${keys.bob}`, body)
    assert.equal(response.status, 401, path)
    assert.match(await response.text(), /header/)
  }
  assert.equal(world.cloud.requests.length, 0)
  assert.doesNotMatch(world.log.join('\n') + JSON.stringify(world.audit()), new RegExp(keys.bob))
})
