// Pictures on their way to models and from tools: what their metadata says is counted, decided and hidden like text, and the picture itself passes.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { findOpa } from '../../policies/toolchain/find-opa.ts'
import { readExif } from '../../gateway/redaction/media/exif.ts'
import { startFakeMcpHttp, standardTools } from '../support/fake-mcp-server.ts'
import { ascii, exif, exifSegment, jpeg } from '../support/pictures.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { openSession, rpc } from './mcp-client.ts'
import { adjustEntry, startWorld, type World, type WorldOptions } from './setup.ts'

const email = 'anna.muster@example.com'
const photo = jpeg(exifSegment(exif(6, [ascii(0x8298, email)], [[52, 31, 12.34], [13, 24, 56.7]])))
const data = photo.toString('base64')
const url = `data:image/jpeg;base64,${data}`

const asked: Readonly<Record<string, Record<string, unknown>>> = {
  '/v1/chat/completions': { model: 'cloud/large', messages: [{ role: 'user', content: [{ type: 'text', text: 'Where is it?' }, { type: 'image_url', image_url: { url } }] }] },
  '/v1/responses': { model: 'cloud/large', input: [{ role: 'user', content: [{ type: 'input_text', text: 'Where is it?' }, { type: 'input_image', image_url: url }] }] },
  '/v1/messages': { model: 'cloud-anthropic/small', max_tokens: 50, messages: [{ role: 'user', content: [{ type: 'text', text: 'Where is it?' }, { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data } }] }] },
  '/v1beta/models/cloud/large:generateContent': { contents: [{ role: 'user', parts: [{ text: 'Where is it?' }, { inlineData: { mimeType: 'image/jpeg', data } }] }] },
}

/** A cloud whose models see, and what policy does with data. */
const seeing = (data: Record<string, unknown> = {}): WorldOptions =>
  ({ config: { policy: { settings: { data } } }, adjust: adjustEntry('models', 'cloud-anthropic/small', { capabilities: ['vision'] }) })

/** The picture as it left, and what a program that reads its metadata gets. */
const pictureSent = (world: World): Buffer => Buffer.from(/\/9j\/[\w+/]+=*/.exec(world.cloud.requests.at(-1)?.body.toString() ?? '')?.[0] ?? '', 'base64')
const exifOf = (picture: Buffer): unknown => readExif(picture.subarray(picture.indexOf('MM\0*')))

for (const [path, body] of Object.entries(asked)) {
  test(`${path}: a place and an address in a photo are gone, the photo and how it is turned stay`, async t => {
    const world = await startWorld(t, seeing({ drop: ['coordinates'] }))
    const response = await world.post(path, body)
    assert.equal(response.status, 200, await response.clone().text())
    const sent = pictureSent(world)
    assert.equal(sent.length, photo.length)
    assert.deepEqual(exifOf(sent), { lines: [], orientation: 6 })
    assert.deepEqual(sent.subarray(sent.indexOf(0xDA)), photo.subarray(photo.indexOf(0xDA)))
    assert.deepEqual(world.audit().find(({ phase }) => phase === 'intent')?.['entities'], { email: 1, coordinates: 1 })
    assert.deepEqual(world.outcomes().at(-1)?.['redactions'], { email: 1, coordinates: 1 })
    assert.doesNotMatch(JSON.stringify(world.audit()), /anna\.muster|52\.52/)
  })
}

test('the same photo is the same bytes in every turn, so that prompt caches stay warm', async t => {
  const world = await startWorld(t, seeing())
  const body = asked['/v1/chat/completions']
  for (let turn = 0; turn < 2; turn += 1) assert.equal((await world.post('/v1/chat/completions', body)).status, 200)
  const [first, second] = world.cloud.requests.map(({ body: sent }) => sent.toString())
  assert.equal(first, second)
})

test('a photo that holds what policy blocks is not sent, and a local model gets it as it is', async t => {
  const world = await startWorld(t, seeing({ block: ['coordinates'] }))
  const refused = await world.post('/v1/messages', asked['/v1/messages'])
  assert.equal(refused.status, 403)
  assert.match(await refused.text(), /coordinates data/)
  assert.equal(world.cloud.requests.length, 0)

  const home = await startWorld(t, seeing())
  assert.equal((await home.post('/v1/chat/completions', { ...asked['/v1/chat/completions'], model: 'home/llama' })).status, 200)
  assert.ok(home.local.requests.at(-1)?.body.toString().includes(data))
})

test('what no policy names stays in the photo', async t => {
  const world = await startWorld(t, seeing({ pseudonymise: ['card'] }))
  assert.equal((await world.post('/v1/messages', asked['/v1/messages'])).status, 200)
  assert.deepEqual(pictureSent(world), photo)
})

const opa = await findOpa(process.env)
const rego = `package portcullis.tenant.acme.pictures

duties contains {"redact": [{"kinds": ["coordinates"], "action": "mask", "unless_local": false}]} if input.action.phase == "response"
`

test('a photo that a tool returns says nothing of its place to the caller', { skip: opa === null ? 'opa is not on this machine (npm run policy obtains it)' : false }, async t => {
  const tools = standardTools()
  tools.set('camera', { definition: JSON.stringify({ name: 'camera', description: 'Takes a photo.', inputSchema: { type: 'object' } }), run: () => JSON.stringify({ content: [{ type: 'image', data, mimeType: 'image/jpeg' }] }) })
  const web = await startFakeMcpHttp({ era: 'modern', tools })
  t.after(() => web.close())
  const folder = scratchFolder(t, 'pictures')
  mkdirSync(join(folder, 'rules'))
  writeFileSync(join(folder, 'rules', 'pictures.rego'), rego)
  const world = await startWorld(t, { folder, mcpServers: { web: { url: web.url, trust: 'restricted' } }, config: { policy: { rego: ['./rules'] } } })
  const session = await openSession(world)
  const { text } = await rpc(world, { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'web__camera', arguments: {} } }, session)
  const given = Buffer.from(/"data":"([\w+/]+=*)"/.exec(text)?.[1] ?? '', 'base64')
  assert.equal(given.length, photo.length)
  assert.deepEqual(exifOf(given), { lines: [], orientation: 6 })
})
