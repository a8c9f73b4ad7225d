// Pictures that a widely used library made go through the gateway, and it reads what arrived: the same pixels, turned the same way, and nothing
// of where they were taken or by whom.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import { startFakeProvider } from '../support/fake-provider.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { spawnGateway } from '../support/spawn-gateway.ts'
import { install } from './install-clients.ts'

interface Read { readonly name: string; readonly pixels: string; readonly turned: number | null; readonly places: Readonly<Record<string, string>>; readonly info: string }

const run = promisify(execFile)
const program = join(import.meta.dirname, 'programs/pictures.py')

const configFor = (provider: string): string => stringify({
  listen: { host: '127.0.0.1', port: 0 }, admin: { port: 0 }, data: './data',
  providers: [{ id: 'cloud', dialect: 'openai', base_url: `${provider}/v1` }],
  models: [{ id: 'cloud/model', context: 100_000, capabilities: ['vision'], price: { usd_per_mtok_in: 1, usd_per_mtok_out: 2 } }],
  policy: { settings: { models: [{ groups: ['*'], models: ['*'] }], data: { drop: ['coordinates'] } } },
})

test('pictures arrive with their pixels, turned as they were, and without places, addresses and numbers', { timeout: 600_000 }, async t => {
  const installed = await install('pictures')
  if (installed.kind === 'unavailable') {
    t.skip(installed.reason)
    return
  }
  const folder = scratchFolder(t, 'pictures')
  const [made, arrived] = [join(folder, 'made'), join(folder, 'arrived')]
  for (const one of [made, arrived]) mkdirSync(one)
  await run(installed.path, [program, 'make', made])
  const provider = await startFakeProvider()
  t.after(provider.close)
  const gateway = await spawnGateway({ folder, config: configFor(provider.url) })
  t.after(() => gateway.close())
  const names = readdirSync(made).sort()
  for (const name of names) {
    const url = `data:image/${name.split('.')[1] === 'jpg' ? 'jpeg' : name.split('.')[1] ?? ''};base64,${readFileSync(join(made, name)).toString('base64')}`
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'cloud/model', messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] }),
    })
    assert.equal(response.status, 200, await response.clone().text())
    const sent = JSON.parse(provider.requests.at(-1)?.body.toString() ?? '') as { messages: [{ content: [{ image_url: { url: string } }] }] }
    writeFileSync(join(arrived, name), Buffer.from(sent.messages[0].content[0].image_url.url.split(',')[1] ?? '', 'base64'))
  }
  const readAll = async (of: string): Promise<readonly Read[]> => (await run(installed.path, [program, 'read', of])).stdout.trim().split('\n').map(line => JSON.parse(line) as Read)
  const [before, after] = [await readAll(made), await readAll(arrived)]
  assert.deepEqual(after.map(({ name, pixels, turned }) => ({ name, pixels, turned })), before.map(({ name, pixels, turned }) => ({ name, pixels, turned })))
  assert.ok(before.filter(({ places }) => Object.keys(places).length > 0).length >= 4, 'there were places to be taken out')
  assert.deepEqual(after.map(({ places }) => places), names.map(() => ({})))
  for (const { info, name } of after) assert.doesNotMatch(info, /anna\.muster|0143|31\.2057/, name)
  for (const name of names) assert.doesNotMatch(readFileSync(join(arrived, name), 'latin1'), /anna\.muster|31\.2057/, name)
})
