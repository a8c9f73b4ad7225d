import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { Failure } from '../../../gateway/exchange/failure.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'
import { createHttpUpstream } from '../../../gateway/upstream/http.ts'
import { openRegistry, type RegistryAnswer, type RegistrySource } from '../../../gateway/upstream/registry-source.ts'
import { startFakeRegistry, type FakeRegistry, type FakeRegistryOptions } from '../../support/fake-registry.ts'
import { scratchFolder, type CleansUp } from '../../support/scratch-folder.ts'

const serverOf = (name: string, version: string): Record<string, unknown> => ({ name, version, description: `${name} ${version}` })
const entries = [serverOf('io.x/a', '1.9.0'), serverOf('io.x/a', '1.10.0'), serverOf('io.x/b', '2.0.0'), serverOf('io.x/ab', '1.0.0'), serverOf('io.x/c', '0.1.0')].map(server => ({ server }))

const open = (t: CleansUp, where: string): RegistrySource => {
  const http = createHttpUpstream({ maxConnectionsPerOrigin: 2, keepAliveMs: 1000 })
  t.after(() => http.destroy())
  return openRegistry(where, http, text => readJson(text, { maxDepth: 64 }))
}

const startRegistry = async (t: CleansUp, given: FakeRegistry['entries'] = entries, options: FakeRegistryOptions = {}): Promise<{ fake: FakeRegistry; registry: RegistrySource }> => {
  const fake = await startFakeRegistry(given, options)
  t.after(() => fake.close())
  return { fake, registry: open(t, fake.url) }
}

const versionOf = (answer: RegistryAnswer | undefined): unknown => answer?.response.server.version

suite('over HTTP', () => {
  test('one version and the latest are asked for by their encoded names', async t => {
    const { fake, registry } = await startRegistry(t)
    assert.equal(versionOf(await registry.find('io.x/a', '1.9.0')), '1.9.0')
    assert.equal(versionOf(await registry.find('io.x/a', null)), '1.10.0')
    assert.deepEqual(fake.asked, ['/v0.1/servers/io.x%2Fa/versions/1.9.0', '/v0.1/servers/io.x%2Fa/versions/latest'])
  })

  test('where only lists are served, their pages are read to the end', async t => {
    const { fake, registry } = await startRegistry(t, entries, { listsOnly: true, pageSize: 1 })
    assert.equal(versionOf(await registry.find('io.x/a', null)), '1.10.0')
    assert.equal(versionOf(await registry.find('io.x/a', '1.9.0')), '1.9.0')
    assert.equal(await registry.find('io.x/a', '3.0.0'), undefined)
    assert.equal(await registry.find('io.x/none', null), undefined)
    assert.ok(fake.asked.some(path => path.includes('cursor=')))
    assert.equal((await registry.search('io.x')).length, 5)
  })

  test('an address with the path of the API is the same registry', async t => {
    const { fake } = await startRegistry(t)
    for (const end of ['/', '/v0.1', '/v0.1/']) assert.equal(versionOf(await open(t, fake.url + end).find('io.x/b', null)), '2.0.0')
  })

  test('an entry that cannot be read does not hide the others of its page', async t => {
    const { registry } = await startRegistry(t, [{ server: { name: 'broken' } }, ...entries])
    assert.deepEqual((await registry.search('')).map(({ response }) => response.server.name), ['io.x/a', 'io.x/a', 'io.x/b', 'io.x/ab', 'io.x/c'])
  })

  test('another server or version than the one that was asked for is refused', async t => {
    const { createServer } = await import('node:http')
    const liar = createServer((_request, response) => { response.end(JSON.stringify({ server: serverOf('io.x/evil', '1.0.0') })) })
    await new Promise<void>(resolve => { liar.listen(0, '127.0.0.1', resolve) })
    t.after(() => { liar.closeAllConnections(); liar.close() })
    const { port } = liar.address() as { port: number }
    await assert.rejects(open(t, `http://127.0.0.1:${port}`).find('io.x/a', '1.0.0'), (error: Failure) => error.code === 'upstream.protocol' && error.message.includes('io.x/evil'))
  })

  test('a registry that cannot be reached, or answers something else, is named', async t => {
    await assert.rejects(open(t, 'http://127.0.0.1:9').find('io.x/a', null), Failure)
    const { registry } = await startRegistry(t, [{ server: { ...serverOf('io.x/a', '1.0.0'), description: '' } }])
    await assert.rejects(registry.find('io.x/a', null), /description/)
  })
})

suite('from a folder', () => {
  const mirror = (t: CleansUp): string => {
    const folder = scratchFolder(t)
    mkdirSync(join(folder, 'deep'))
    writeFileSync(join(folder, 'page-1.json'), JSON.stringify({ servers: entries.slice(0, 2), metadata: { nextCursor: 'x', count: 2 } }))
    writeFileSync(join(folder, 'deep', 'answer.json'), JSON.stringify({ server: serverOf('io.x/b', '2.0.0'), _meta: {} }))
    writeFileSync(join(folder, 'deep', 'server.json'), JSON.stringify(serverOf('io.x/c', '0.1.0')))
    writeFileSync(join(folder, 'notes.txt'), 'not json')
    return folder
  }

  test('pages, single answers and plain server.json files are found', async t => {
    const registry = open(t, mirror(t))
    assert.equal(versionOf(await registry.find('io.x/a', null)), '1.10.0')
    assert.equal(versionOf(await registry.find('io.x/a', '1.9.0')), '1.9.0')
    assert.equal(versionOf(await registry.find('io.x/b', null)), '2.0.0')
    assert.equal(await registry.find('io.x/c', '9.9.9'), undefined)
    assert.deepEqual((await registry.search('X/')).map(({ response: { server } }) => `${server.name}@${server.version}`), ['io.x/a@1.10.0', 'io.x/b@2.0.0', 'io.x/c@0.1.0'])
  })

  test('what the registry marked as latest is the latest', async t => {
    const folder = scratchFolder(t)
    const latest = { 'io.modelcontextprotocol.registry/official': { isLatest: true, status: 'active' } }
    writeFileSync(join(folder, 'page.json'), JSON.stringify({ servers: [{ server: serverOf('io.x/a', '2.0.0-old-scheme') }, { server: serverOf('io.x/a', '1.0.0'), _meta: latest }] }))
    assert.equal(versionOf(await open(t, folder).find('io.x/a', null)), '1.0.0')
  })

  test('a file that cannot be read is named', t => {
    const folder = mirror(t)
    writeFileSync(join(folder, 'broken.json'), JSON.stringify({ servers: [{ server: { name: 'io.x/z', description: 'z', version: 'latest' } }] }))
    assert.throws(() => open(t, folder).find('io.x/a', null), /broken\.json: servers\[0\]: server\.version must be one version/)
  })
})
