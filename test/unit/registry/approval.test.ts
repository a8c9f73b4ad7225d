import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { approvalProblems, approve, digestOf, type Approval } from '../../../registry/approval.ts'
import { launchersSchema } from '../../../registry/launchers.ts'
import { officialMeta, serverListSchema, serverResponseSchema } from '../../../registry/server-json.ts'
import { pageOf, publishServers, responseOf, type PageQuery, type PublishedServer } from '../../../registry/subregistry.ts'

const launchers = launchersSchema.parse(undefined)
const documentOf = (name: string, version: string): Readonly<Record<string, unknown>> =>
  ({ name, description: `What ${name} does`, version, title: 'T', packages: [{ registryType: 'npm', identifier: 'x', version, transport: { type: 'stdio' } }], _meta: { 'io.modelcontextprotocol.registry/publisher-provided': { a: 1 } } })

const approvalOf = (name: string, document: Readonly<Record<string, unknown>> | null, at = '2026-01-01T00:00:00.000Z'): Approval =>
  approve({ name, server: { command: 'npx', args: ['-y', 'x@1.2.3'], env: {} }, serverJson: document, source: { kind: 'registry', from: 'https://r.example' }, now: new Date(at) })

suite('an approved entry is refused when it is not what was approved', () => {
  const good = approvalOf('weather', documentOf('io.x/weather', '1.0.0'))
  const table: readonly (readonly [string, string, Approval, RegExp | null])[] = [
    ['as it was approved', 'weather', good, null],
    ['with its members in another order', 'weather', { ...good, server: { env: {}, args: ['-y', 'x@1.2.3'], command: 'npx' } }, null],
    ['with another argument', 'weather', { ...good, server: { ...good.server, args: ['-y', 'x@1.2.4'] } }, /servers\.weather\.server: is not what was approved.*servers remove weather/],
    ['with a variable more', 'weather', { ...good, server: { ...good.server, env: { A: 'b' } } }, /servers\.weather\.server: is not what/],
    ['with more trust', 'weather', { ...good, server: { ...good.server, trust: 'restricted' } }, /servers\.weather\.server: is not what/],
    ['under another name', 'files', good, /servers\.files\.server: is not what/],
    ['with another description', 'weather', { ...good, server_json: { ...good.server_json, description: 'Other' } }, /servers\.weather\.server_json: is not what/],
    ['without its description', 'weather', { ...good, server_json: null }, /servers\.weather\.server_json: is not what/],
    ['whose digest was made anew, with a launcher that is not allowed', 'weather', approve({ name: 'weather', server: { command: 'bash', args: [], env: {} }, serverJson: null, source: good.source, now: new Date() }), /servers\.weather\.server\.command: "bash" is a shell/],
    ['under a name that nothing can have', 'Weather!', approvalOf('Weather!', null), /server names/],
  ]
  for (const [name, local, approval, reason] of table) {
    test(name, () => {
      const text = approvalProblems(local, approval, launchers).map(({ path, problem, remedy }) => `${path}: ${problem} ${remedy}`).join('\n')
      if (reason === null) assert.equal(text, '')
      else assert.match(text, reason)
    })
  }

  test('the rules of today apply, not those of the day of the approval', () => {
    assert.match(approvalProblems('weather', good, ['docker'])[0]?.problem ?? '', /"npx" is not among/)
  })

  test('a digest is that of the canonical text', () => {
    assert.equal(digestOf({ b: [1, 2.5], a: 'é' }), digestOf({ a: 'é', b: [1, 2.5] }))
    assert.equal(digestOf({}), 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a')
  })
})

const all: PageQuery = { limit: 100, cursor: null, search: null, updatedSinceMs: null, version: null }
const namesOf = (servers: readonly PublishedServer[]): string[] => servers.map(({ name, version }) => `${name}@${version}`)

suite('the subregistry', () => {
  const approvals = new Map([
    ['weather', approvalOf('weather', documentOf('io.x/weather', '1.0.0'))],
    ['weather-new', approvalOf('weather-new', documentOf('io.x/weather', '1.10.0'), '2026-03-01T00:00:00.000Z')],
    ['weather-too', approvalOf('weather-too', documentOf('io.x/weather', '1.0.0'), '2026-02-01T00:00:00.000Z')],
    ['imported', approvalOf('imported', null)],
    ['unused', approvalOf('unused', documentOf('io.x/unused', '1.0.0'))],
  ])
  const published = publishServers(['weather', 'weather-new', 'weather-too', 'imported', 'by-hand'], approvals, '2026-04-01T00:00:00.000Z')

  test('lists what is in use, by name, the newest version first', () => {
    const imported = `local.portcullis/imported@0.0.0-${approvals.get('imported')!.digests.server.slice(7, 19)}`
    assert.deepEqual(namesOf(published), ['io.x/weather@1.10.0', 'io.x/weather@1.0.0', 'local.portcullis/by-hand@0.0.0', imported])
    assert.deepEqual(published.map(({ isLatest }) => isLatest), [true, false, true, true])
  })

  test('answers have the shape of 2025-12-11, remotes of this gateway and nothing of how a server is started', () => {
    const answers = published.map(server => responseOf(server, { url: 'https://g.example', needsKey: true }))
    assert.equal(serverListSchema.parse({ servers: answers, metadata: { count: answers.length } }).servers.length, 4)
    const twice = answers[1]!
    const { remotes } = twice.server
    assert.deepEqual(remotes?.map(({ url }) => url), ['https://g.example/mcp/weather', 'https://g.example/mcp/weather-too'])
    assert.equal(remotes[0]?.headers?.[0]?.isSecret, true)
    assert.ok(!JSON.stringify(answers).includes('npx') && twice.server.packages === undefined && twice.server._meta === undefined)
    assert.deepEqual(twice._meta?.[officialMeta], { status: 'active', publishedAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-02-01T00:00:00.000Z', isLatest: false })
    const [first] = (twice._meta['local.portcullis/approval'] as { approvals: unknown[] }).approvals
    assert.deepEqual(first, { server: 'weather', source: 'registry', digest: approvals.get('weather')!.digests.server_json, approved_at: '2026-01-01T00:00:00.000Z' })
    assert.equal(responseOf(published[0]!, { url: 'http://127.0.0.1:1', needsKey: false }).server.remotes?.[0]?.headers, undefined)
    assert.ok(serverResponseSchema.safeParse(answers[0]).success)
  })

  const table: readonly (readonly [string, Partial<PageQuery>, number])[] = [
    ['search looks at names', { search: 'WEATHER' }, 2], ['search finds nothing', { search: 'nope' }, 0], ['latest versions', { version: 'latest' }, 3], ['one version', { version: '1.10.0' }, 1],
    ['changed since', { updatedSinceMs: Date.parse('2026-02-15T00:00:00Z') }, 2], ['all at once', { search: 'weather', version: 'latest', updatedSinceMs: 0 }, 1],
  ]
  for (const [name, query, count] of table) test(name, () => { assert.equal(pageOf(published, { ...all, ...query })?.servers.length, count) })

  test('pages join to the whole list, whatever their size', () => {
    for (const limit of [1, 2, 3, 4, 5]) {
      const seen: string[] = []
      let cursor: string | null = null
      do {
        const page: ReturnType<typeof pageOf> = pageOf(published, { ...all, limit, cursor })
        assert.ok(page !== null && page.servers.length <= limit)
        seen.push(...namesOf(page.servers))
        cursor = page.nextCursor
      } while (cursor !== null)
      assert.deepEqual(seen, namesOf(published))
    }
    assert.equal(pageOf(published, { ...all, cursor: 'gone:1' }), null)
  })
})
