// Secrets and personal values stand in every field of every message, and in what is written down none of them is: not in the log, the traces,
// the metrics, the status, the audit log nor any file of the data folder, in no form that software gives to a text.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startFakeMcpHttp, standardTools, type FakeTool } from '../support/fake-mcp-server.ts'
import { fakeMcpCommand } from '../support/fake-mcp-server.ts'
import { startOtlpCollector } from '../support/otlp-collector.ts'
import { answered, carried, foundIn, named, said, sinksOf } from './canaries.ts'
import { maximalRequests } from './maximal-requests.ts'
import { openSession, rpc, stateless } from './mcp-client.ts'
import { scriptedProvider } from './scripted-provider.ts'
import { adjustEntry, startWorld, type World } from './setup.ts'

const it = said.text
const requests = maximalRequests(it)

const [email = '', key = ''] = carried.values
const headers: Readonly<Record<string, string>> = {
  'user-agent': `agent of ${carried.text}`, 'x-portcullis-session': email, 'idempotency-key': carried.text, 'openai-organization': carried.text, 'anthropic-beta': carried.text, 'x-request-id': carried.text,
  'x-portcullis-root': email, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: `vendor=${key}`, baggage: `user=${email}`, cookie: `session=${key}`, referer: `https://example.com/?q=${email}`, 'x-any': carried.text,
}

/** Each whole and, where there is such a thing, streamed. */
const everyRequest = (query: string): (readonly [path: string, body: unknown])[] => requests.flatMap(({ body, path }) => {
  if (path.includes(':')) return [[path, body], [`${path.replace(':generate', ':streamGenerate')}?alt=sse`, body]] as const
  const asked = `${path}${query}`
  return path.includes('embed') || path.includes('count') ? [[asked, body]] as const : [[asked, body], [asked, { ...body, stream: true }]] as const
})

interface Stand { readonly world: World; readonly sinks: () => Promise<Readonly<Record<string, string>>>; readonly answers: string[] }

/** Nothing is held back by policy, so that everything gets as far as it can; or everything is refused. */
const settings = {
  'everything passes': { data: { secrets: 'allow', unless_local: true } },
  'everything is hidden and looked at': { data: { secrets: 'allow', mask: ['cloud_key'], answers: { kinds: ['email', 'cloud_key'], action: 'mask' } } },
  'nothing passes': { data: { block: ['email', 'cloud_key'], unless_local: false } },
} as const

const clean = async ({ answers, sinks }: Stand, mayTell: RegExp | null): Promise<void> => {
  const written = await sinks()
  assert.ok(Object.keys(written).some(name => name.endsWith('.jsonl')) && (written['traces'] ?? '').length > 100)
  const found = Object.entries(written).flatMap(([sink, text]) => foundIn(text).filter(one => mayTell === null || !mayTell.test(`${sink}: ${one}`)).map(one => `${sink}: ${one}`))
  assert.deepEqual(found, [], `${found.length} of ${answers.length} answers' worth`)
}

const trusted = (config: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  ['cloud', 'cloud-anthropic'].reduce((sofar: Record<string, unknown>, id) => adjustEntry('providers', id, { trust: 'restricted' })(sofar), { ...config })

const accessAll = { access: [{ groups: ['engineering'], tools: ['*'], asks: ['elicitation', 'sampling', 'roots'] }] }

for (const [name, policy] of Object.entries(settings)) {
  test(`model traffic, ${name}: nothing of it is written down`, async t => {
    const collector = await startOtlpCollector(t)
    const world = await startWorld(t, {
      config: { policy: { settings: { ...accessAll, ...policy } }, telemetry: { otlp_endpoint: collector.url }, resilience: { attempts: 1 } }, adjust: trusted,
      cloud: { reply: ({ asked }) => ({ kind: 'answer', text: `${answered.text} ${asked?.userText ?? ''}`, toolCalls: asked?.tools.length === 0 ? [] : [{ name: 'send', args: { to: answered.text } }], deltaChars: 7 }) },
    })
    const answers: string[] = []
    for (const [path, body] of everyRequest(name === 'everything is hidden and looked at' ? '' : `?q=${carried.values[1] ?? ''}`)) {
      const response = await world.post(path, body, { ...headers, 'idempotency-key': `${carried.text} ${answers.length}` })
      answers.push(await response.text())
      assert.equal(response.status === 200, name !== 'nothing passes', `${path}: ${answers.at(-1) ?? ''}`)
    }
    if (name === 'nothing passes') assert.deepEqual(answers.flatMap(foundIn), [], 'refusals say no value')
    else assert.ok(answers.filter(text => text.includes('send')).length >= 6)
    for (const body of [`{"model":"cloud/large","messages":[{"role":"user","content":"${it}"}`, { model: named.text, messages: [{ role: 'user', content: it }] }, { model: 'cloud/large', messages: it }, { ...requests[0]?.body, [it]: 1, tools: it }]) answers.push(await (await world.post('/v1/chat/completions', body, headers)).text())
    for (const path of [`/v1/${encodeURIComponent(email)}`, `/v1/models/${encodeURIComponent(named.text)}`, `/v1beta/models/${encodeURIComponent(named.text)}:generateContent`]) answers.push(await (await world.post(path, requests[3]?.body, headers)).text(), await (await world.get(path, headers)).text())
    answers.push(await (await world.post('/v1/chat/completions', requests[0]?.body, { ...headers, authorization: `Bearer ${key}` })).text())
    await clean({ world, answers, sinks: () => sinksOf(world, collector) }, null)
  })
}

test('errors of providers, in every dialect: nothing of them is written down', async t => {
  const collector = await startOtlpCollector(t)
  const script = await scriptedProvider(t)
  const world = await startWorld(t, { config: { policy: { settings: { data: { secrets: 'allow' } } }, telemetry: { otlp_endpoint: collector.url }, resilience: { attempts: 2 } }, adjust: config => script.serves('cloud')(script.serves('cloud-anthropic')(trusted(config))) })
  const answers: string[] = []
  const bodies = [JSON.stringify({ error: { message: answered.text, type: answered.text, code: answered.text, param: answered.text } }), JSON.stringify({ type: 'error', error: { type: answered.text, message: answered.text } }), answered.text, `<html>${answered.text}`, `data: {"error":{"message":"${answered.text}"}}\n\n`, JSON.stringify({ id: named.text, model: named.text, service_tier: named.values[1], choices: [{ finish_reason: named.text, message: { content: answered.text } }], usage: { prompt_tokens: 1 } })]
  for (const status of [200, 400, 401, 404, 413, 429, 500, 529]) {
    for (const body of bodies) {
      for (const type of ['application/json', 'text/event-stream']) {
        script.answers({ status, type, body, headers: { 'x-request-id': answered.text, 'request-id': answered.text, 'retry-after': '0' } })
        for (const { path, body: asked } of requests.slice(0, 2)) answers.push(await (await world.post(path, { ...asked, stream: type !== 'application/json' }, headers)).text())
      }
    }
  }
  assert.ok(answers.some(text => text.includes(answered.values[0] ?? '')), 'the caller is told')
  await clean({ world, answers, sinks: () => sinksOf(world, collector) }, null)
})

/** Tools that say a canary wherever a server can say something. */
const tellingTools = (): Map<string, FakeTool> => {
  const tools = standardTools()
  const say = answered.text
  const tool = (name: string, run: FakeTool['run']): void => { tools.set(name, { definition: JSON.stringify({ name, description: 'Tells.', inputSchema: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } } }), run }) }
  tool('everything', ({ meta, notify }) => {
    notify('notifications/progress', { progressToken: meta['progressToken'] ?? 'none', progress: 1, total: 2, message: say })
    notify('notifications/message', { level: 'error', logger: say, data: { note: say, [say]: [say] } })
    return JSON.stringify({
      content: [{ type: 'text', text: say, annotations: { audience: [say] } }, { type: 'resource_link', uri: `note://${say}`, name: say, title: say, description: say }, { type: 'resource', resource: { uri: `note://${say}`, text: say, mimeType: 'text/plain' } }, { type: 'image', data: Buffer.from(say).toString('base64'), mimeType: 'image/png' }],
      structuredContent: { note: say, [say]: { deep: [say] } }, _meta: { note: say },
    })
  })
  tool('fails', () => ({ code: -32050, message: say, data: { note: say, [say]: say } }))
  return tools
}

const callEverything = (): readonly (readonly [method: string, params: Record<string, unknown>])[] => [
  ...['everything', 'fails', 'echo', 'odd_content', 'tool_error', 'ask', 'job'].map(name => ['tools/call', { name: `web__${name}`, arguments: { to: it, [it]: { deep: [it], text: JSON.stringify({ [it]: it }) }, region: 'eu', method: 'elicitation/create', params: { message: answered.text, requestedSchema: { type: 'object', properties: {} } } }, _meta: { progressToken: said.values[0], note: it } }] as const),
  ['tools/call', { name: 'home__complain', arguments: { text: named.text } }], ['tools/call', { name: named.text, arguments: { to: it } }], ['tools/call', { name: `web__${named.values[0] ?? ''}`, arguments: { to: it } }],
  ['tools/list', { cursor: it }], ['resources/list', {}], ['prompts/list', {}], ['resources/templates/list', {}],
  ['resources/read', { uri: `note://${named.values[0] ?? ''}` }], ['resources/read', { uri: 'note://one', _meta: { note: it } }], ['resources/subscribe', { uri: `note://${named.values[0] ?? ''}` }],
  ['prompts/get', { name: 'web__greet', arguments: { who: it } }], ['prompts/get', { name: named.text, arguments: { who: it } }],
  ['completion/complete', { ref: { type: 'ref/prompt', name: 'web__greet' }, argument: { name: 'who', value: it }, context: { arguments: { who: it } } }],
  ['tasks/get', { taskId: named.values[0] }], [named.values[0] ?? '', { it }], ['logging/setLevel', { level: it }],
]

for (const era of ['legacy', 'modern'] as const) {
  for (const [name, policy] of Object.entries(settings)) {
    test(`MCP traffic with a ${era} server, ${name}: nothing of it is written down`, async t => {
      const collector = await startOtlpCollector(t)
      const web = await startFakeMcpHttp({ era, tools: tellingTools(), resources: ['{"uri":"note://one","name":"one"}'], templates: ['{"uriTemplate":"note://{name}","name":"notes"}'], prompts: ['{"name":"greet","arguments":[{"name":"who"}]}'] })
      t.after(() => web.close())
      const world = await startWorld(t, {
        config: { policy: { settings: { ...accessAll, ...policy } }, telemetry: { otlp_endpoint: collector.url } },
        mcpServers: { web: { url: web.url, trust: 'restricted' }, home: { ...fakeMcpCommand(`--era=${era}`), era, trust: 'restricted' } },
      })
      const answers: string[] = []
      const session = await openSession(world, headers)
      for (const [method, params] of callEverything()) {
        answers.push((await rpc(world, { jsonrpc: '2.0', id: said.values[0], method, params }, session)).text)
        const modern = stateless(method, params)
        answers.push((await rpc(world, modern.body, { ...headers, ...modern.headers, 'mcp-param-region': carried.text })).text)
      }
      for (const method of ['notifications/cancelled', 'notifications/progress', 'notifications/message', named.values[0]]) answers.push((await rpc(world, { jsonrpc: '2.0', method, params: { requestId: it, reason: it, message: it, data: it } }, session)).text)
      for (const body of [`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${it}"`, { jsonrpc: '2.0', id: it, result: { note: it } }, { jsonrpc: it }, [{ jsonrpc: '2.0', id: it, method: 'tools/list' }]]) answers.push((await rpc(world, body, session)).text)
      assert.equal(web.fake.received.some(({ method }) => method === 'tools/call'), name !== 'nothing passes')
      if (name === 'everything passes') assert.ok(answers.some(text => text.includes(answered.values[0] ?? '')))
      await clean({ world, answers, sinks: () => sinksOf(world, collector) }, null)
    })
  }
}
