// What a virtual server shows: which entries, under which names, with which texts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chosenOf, virtualServerSchema } from '../../../registry/virtual-server.ts'
import { Bundle } from '../../../gateway/upstream/mcp-bundle.ts'
import type { EntryKind, ListedEntry } from '../../../gateway/upstream/mcp-server-lists.ts'

const bundle = (config: object): Bundle => new Bundle(chosenOf(virtualServerSchema.parse({ groups: ['*'], ...config })))

const spanOf = (text: string, quoted: string): { start: number; end: number } | null => {
  const start = text.indexOf(quoted)
  return start === -1 ? null : { start, end: start + quoted.length }
}

const listed = (server: string, originalName: string, kind: EntryKind = 'tool', rawText = `{"x":1.0,"name":"${originalName}","description":"Theirs"}`): { server: string; listed: ListedEntry } => ({
  server, listed: { kind, originalName, rawText, nameSpan: spanOf(rawText, `"${originalName}"`), descriptionSpan: spanOf(rawText, '"Theirs"'), annotations: {}, mirrors: [], value: {}, pin: 'match', flags: [] },
})

const names = (made: Bundle, ...entries: { server: string; listed: ListedEntry }[]): string[] => made.show(entries).map(({ server, exposed }) => `${server}: ${exposed}`)

test('only what is chosen is shown, by the first line that matches', () => {
  const made = bundle({ tools: [{ tool: 'db/query', as: 'find' }, 'db/qu*', 'files/read'], prompts: ['files/*'] })
  assert.deepEqual(names(made, listed('db', 'query'), listed('db', 'quit'), listed('db', 'drop'), listed('files', 'read'), listed('files', 'reader'), listed('other', 'read'), listed('files', 'hello', 'prompt'), listed('db', 'hello', 'prompt')),
    ['db: find', 'db: quit', 'files: read', 'files: hello'])
  assert.deepEqual(made.servers, ['db', 'files'])
})

test('nothing chosen shows nothing', () => {
  assert.deepEqual(names(bundle({}), listed('db', 'query'), listed('db', 'x', 'resource'), listed('db', 'y', 'prompt')), [])
})

test('tools that share a name get their servers\' prefixes, and so does one that takes another\'s name', () => {
  const made = bundle({ tools: ['a/*', 'b/*', { tool: 'c/other', as: 'search' }] })
  assert.deepEqual(names(made, listed('a', 'read'), listed('b', 'read'), listed('a', 'search'), listed('c', 'other'), listed('b', 'own')), ['a: a__read', 'b: b__read', 'a: a__search', 'c: search', 'b: own'])
})

test('a name that models do not take is made one', () => {
  assert.match(names(bundle({ tools: ['a/*'] }), listed('a', 'läs.fil'))[0] ?? '', /^a: a__l_s_fil_[0-9a-f]{8}$/)
})

test('name and description are put into the server\'s own text, byte for byte beside them', () => {
  const made = bundle({ tools: [{ tool: 'db/query', as: 'find', description: 'Finds "orders".' }, { tool: 'db/mute', description: 'Ours' }] })
  assert.deepEqual(made.show([listed('db', 'query'), listed('db', 'mute', 'tool', '{"name":"mute"}')]).map(({ text }) => text),
    ['{"x":1.0,"name":"find","description":"Finds \"orders\"."}'.replace('Finds "orders".', String.raw`Finds \"orders\".`), '{"description":"Ours","name":"mute"}'])
})

test('a URI is read through the bundle only where it was chosen, whatever a template allows', () => {
  const made = bundle({ resources: ['files/file:///srv/public/*'] })
  assert.deepEqual([made.hasUri('files', 'file:///srv/public/a'), made.hasUri('files', 'file:///srv/secret'), made.hasUri('db', 'file:///srv/public/a')], [true, false, false])
})

test('a name at a server that cannot be asked is known where the bundle spells it out', () => {
  const made = bundle({ tools: [{ tool: 'db/query', as: 'find' }, 'files/read', 'web/*'] })
  assert.deepEqual([made.named('tool', 'find'), made.named('tool', 'read'), made.named('tool', 'query'), made.named('tool', 'fetch'), made.named('prompt', 'find')],
    [{ server: 'db', originalName: 'query' }, { server: 'files', originalName: 'read' }, null, null, null])
})
