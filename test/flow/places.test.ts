// Wherever a value stands in a message, it does not reach whom policy keeps it from: it is replaced, or the message is refused. Nothing in between.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { findOpa } from '../../policies/toolchain/find-opa.ts'
import { signatureOf } from '../support/fake-provider/anthropic-signature.ts'
import { startFakeMcpHttp, standardTools, type FakeMcpHttp, type FakeTool } from '../support/fake-mcp-server.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { eventually } from '../support/wait.ts'
import { maximalRequests } from './maximal-requests.ts'
import { legacyClient, openSession, rpc, stateless } from './mcp-client.ts'
import { message, startWorld, type World } from './setup.ts'

const email = 'anna.muster@example.com'
// Put together here, so that no scanner takes this file for a leak.
const secret = ['AKIA', 'Q3EGRIJ4TBWLXZ7M'].join('')
const hidden = /anna\.muster|Q3EGRIJ4/

const sent = (world: World): string => world.cloud.requests.map(({ body, path }) => `${path} ${body.toString()}`).join('\n')

for (const { path, body } of maximalRequests(`x ${email} ${secret}`)) {
  test(`${path}: no field keeps what is hidden`, async t => {
    const world = await startWorld(t, {
      config: { policy: { settings: { data: { secrets: 'allow', mask: ['cloud_key'] } } } },
      adjust: config => ({ ...config, providers: (config['providers'] as { id: string }[]).map(one => ({ ...one, trust: 'restricted' })) }),
    })
    const response = await world.post(path, body)
    assert.ok([200, 400].includes(response.status), await response.clone().text())
    const text = sent(world)
    assert.ok(text.length > 80, 'something was sent')
    assert.doesNotMatch(text, hidden)
    assert.match(text, /\[EMAIL_1\].*\[CLOUD_KEY\]/s)
  })
}

test('thinking that repeats a hidden value is left out, and thinking of the model\'s own stays as it was signed', async t => {
  const world = await startWorld(t)
  const own = 'Perhaps it is other@example.org.'
  const thinking = [`It is ${email}.`, own].map(text => ({ type: 'thinking', thinking: text, signature: signatureOf(text) }))
  const asked = { ...message('', { model: 'cloud-anthropic/small' }), messages: [{ role: 'user', content: `I am ${email}.` }, { role: 'assistant', content: [...thinking, { type: 'text', text: 'Hi' }] }, { role: 'user', content: 'And?' }] }
  assert.equal((await world.post('/v1/messages', asked)).status, 200)
  assert.doesNotMatch(sent(world), hidden)
  assert.ok(sent(world).includes(own))
  // A value that only the session still knows.
  assert.equal((await world.post('/v1/messages', { ...asked, messages: [{ role: 'user', content: 'Hello' }, ...asked.messages.slice(1)] })).status, 200)
  assert.doesNotMatch(sent(world), hidden)
})

test('a value in the place of an id stops the request, and the refusal names the place', async t => {
  const world = await startWorld(t)
  const response = await world.post('/v1/chat/completions', { model: 'cloud-only', messages: [{ role: 'user', content: 'Hi' }, { role: 'assistant', tool_calls: [{ id: email, type: 'function', function: { name: 'f', arguments: '{}' } }] }, { role: 'tool', tool_call_id: 'call_1', content: 'x' }] })
  const body = await response.text()
  assert.equal(response.status, 403)
  assert.match(body, /messages\.1\.tool_calls\.0\.id contains email data/)
  assert.doesNotMatch(body + sent(world), hidden)
})

test('a value in the query stops the request, and one in a header that is passed on is masked', async t => {
  const world = await startWorld(t)
  const asked = message('Hi', { model: 'cloud-anthropic/small' })
  const response = await world.post(`/v1/messages?of=${encodeURIComponent(email)}`, asked)
  const body = await response.text()
  assert.equal(response.status, 403, body)
  assert.match(body, /the query contains email data/)
  assert.doesNotMatch(body + sent(world), hidden)
  assert.equal((await world.post('/v1/messages', asked, { 'user-agent': `bot (${email})`, 'x-any': email })).status, 200)
  const { headers } = world.cloud.requests.at(-1) ?? {}
  assert.equal(headers?.['user-agent'], 'bot ([EMAIL])')
  assert.doesNotMatch(JSON.stringify(headers), hidden)
})

test('text that claims to be a picture is text', async t => {
  const world = await startWorld(t)
  for (const url of [`data:${email}`, `data:text/plain,${email}`, `data:image/png;base64,${email}`, `data:image/png;base64,${'A'.repeat(80)} ${email}`]) {
    await world.post('/v1/chat/completions', { model: 'cloud/large', messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] })
  }
  assert.doesNotMatch(sent(world), hidden)
})

const opa = await findOpa(process.env)
const skip = opa === null ? 'opa is not on this machine (npm run policy obtains it)' : false

const rego = `package portcullis.tenant.acme.places

duties contains {"redact": [{"kinds": ["email", "cloud_key"], "action": "mask", "unless_local": false}]} if {
	not input.action.kind in {"model.call", "model.embed"}
}

deny contains {"rule": "iban", "message": "no account numbers"} if {
	input.action.phase == "response"
	input.data.entities.iban > 0
}
`

const telling = `${email} ${secret}`

/** Says what it is told to wherever a server can say something. */
const tools = (): Map<string, FakeTool> => {
  const made = standardTools()
  const tool = (name: string, run: FakeTool['run']): void => { made.set(name, { definition: JSON.stringify({ name, description: 'Tells.', inputSchema: { type: 'object' } }), run }) }
  tool('everything', ({ announce, meta, notify }) => {
    for (const [progress, text] of [[1, telling], [2, 'DE89 3704 0044 0532 0130 00'], [3, 'done']] as const) notify('notifications/progress', { progressToken: meta['progressToken'], progress, message: text, status: text })
    notify('notifications/message', { level: 'error', logger: telling, data: { [email]: [telling] } })
    announce('notifications/message', { level: 'error', data: { note: `unasked ${telling}` } })
    return JSON.stringify({
      content: [{ type: 'text', text: telling, annotations: { note: telling } }, { type: 'resource_link', uri: `note://${email}`, name: telling, title: telling, description: telling }, { type: 'resource', resource: { uri: `note://${email}`, text: telling, mimeType: telling, blob: telling } }, { type: 'image', data: telling, mimeType: 'image/png' }],
      structuredContent: { data: telling, blob: telling, mimeType: telling, taskId: telling, [email]: { data: [telling] } }, _meta: { note: telling }, nextCursor: telling,
    })
  })
  tool('fails', () => ({ code: -32050, message: telling, data: { data: telling, blob: telling, [email]: telling } }))
  return made
}

const start = async (t: TestContext, era: 'legacy' | 'modern'): Promise<{ world: World; web: FakeMcpHttp }> => {
  const web = await startFakeMcpHttp({ era, tools: tools(), resources: ['{"uri":"note://one","name":"one"}'], prompts: ['{"name":"greet","arguments":[{"name":"who"}]}'] })
  t.after(() => web.close())
  const folder = scratchFolder(t, 'places')
  mkdirSync(join(folder, 'rules'))
  writeFileSync(join(folder, 'rules', 'places.rego'), rego)
  return { web, world: await startWorld(t, { folder, mcpServers: { web: { url: web.url, trust: 'restricted' } }, config: { policy: { rego: ['./rules'], settings: { data: { secrets: 'allow' } } } } }) }
}

for (const era of ['legacy', 'modern'] as const) {
  test(`MCP, ${era} server: results, errors, progress and log messages are hidden from the caller, and what is denied is not told`, { skip }, async t => {
    const { world } = await start(t, era)
    const session = await openSession(world)
    const log = { 'io.modelcontextprotocol/logLevel': 'debug' }
    for (const name of ['everything', 'fails']) {
      const params = { name: `web__${name}`, arguments: {}, _meta: { progressToken: 1 } }
      const modern = stateless('tools/call', params, { meta: { ...log, progressToken: 1 } })
      for (const { text } of [await rpc(world, { jsonrpc: '2.0', id: 1, method: 'tools/call', params }, session), await rpc(world, modern.body, modern.headers)]) {
        assert.doesNotMatch(text, hidden)
        assert.match(text, /\[EMAIL\]/)
        if (name === 'everything') {
          assert.match(text, /"progress":1,"message":"\[EMAIL\] \[CLOUD_KEY\]"/)
          assert.doesNotMatch(text, /"progress":2/)
          assert.match(text, /"progress":3,"message":"done"/)
        }
      }
    }
    assert.deepEqual((world.outcomes().at(-1)?.['response_labels'] as { labels: unknown }).labels, ['pii', 'secret'])
  })

  test(`MCP, ${era} server: arguments are hidden from a server wherever they stand`, { skip }, async t => {
    const { web, world } = await start(t, era)
    const session = await openSession(world)
    const deep = { to: telling, [email]: { data: [telling], blob: telling, id: telling }, text: JSON.stringify({ to: telling }), partial: `{"to":"${telling}` }
    const calls: readonly (readonly [string, Record<string, unknown>])[] = [
      ['tools/call', { name: 'web__echo', arguments: deep, _meta: { progressToken: 'p', note: telling, 'vendor/x': { deep: telling } } }], ['prompts/get', { name: 'web__greet', arguments: { who: telling } }],
      ['tools/list', { cursor: 'x' }], ['completion/complete', { ref: { type: 'ref/prompt', name: 'web__greet' }, argument: { name: 'who', value: telling }, context: { arguments: { who: telling } } }],
    ]
    for (const [method, params] of calls) {
      await rpc(world, { jsonrpc: '2.0', id: 1, method, params }, session)
      const modern = stateless(method, params, { meta: params['_meta'] as Record<string, unknown> | undefined ?? {} })
      await rpc(world, modern.body, modern.headers)
    }
    const received = JSON.stringify(web.fake.received)
    assert.match(received, /"to":"\[EMAIL\] \[CLOUD_KEY\]"/)
    assert.doesNotMatch(received, hidden)
  })
}

test('a log message that belongs to no call is passed on without values', async t => {
  const web = await startFakeMcpHttp({ era: 'legacy', tools: tools() })
  t.after(() => web.close())
  const world = await startWorld(t, { mcpServers: { web: { url: web.url } } })
  const client = await legacyClient(t, world)
  const heard: string[] = []
  client.fallbackNotificationHandler = notification => {
    heard.push(JSON.stringify(notification))
    return Promise.resolve()
  }
  await eventually(async () => {
    await client.callTool({ name: 'web__everything', arguments: {} }).catch(() => undefined)
    return heard.some(text => text.includes('unasked')) || undefined
  })
  assert.match(heard.find(text => text.includes('unasked')) ?? '', /unasked \[EMAIL\] \[CLOUD_KEY\]/)
})
