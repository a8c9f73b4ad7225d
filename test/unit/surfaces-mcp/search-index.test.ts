// Finding tools by words: what is found first, that it is the same each time, and that no text makes it slow.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SearchIndex, wordsOf } from '../../../gateway/surfaces/mcp/search-index.ts'

const tool = (name: string, description: string, parameters: Readonly<Record<string, string>> = {}): { name: string; value: Record<string, unknown> } => ({
  name, value: { description, inputSchema: { type: 'object', properties: Object.fromEntries(Object.entries(parameters).map(([key, about]) => [key, { type: 'string', description: about }])) } },
})

const tools = [
  tool('tickets__create_ticket', 'Opens a new support ticket.', { title: 'One line.', customerId: 'Who asks.' }),
  tool('tickets__list_tickets', 'Lists open tickets.'),
  tool('files__read_text_file', 'Reads a file as text.', { path: 'Where it is.' }),
  tool('files__writeFile', 'Writes a file, over what was there.', { path: 'Where it goes.' }),
  tool('db__query', 'Runs SQL on the orders database.', { sql: 'One statement.' }),
  tool('weather__forecast', 'Tells the weather of the next days.', { city: 'Name of the city.' }),
]
const index = new SearchIndex(tools)
const names = (query: string): string[] => index.find(query).map(at => tools[at]?.name ?? '')

test('words are parts of names and texts, in one form', () => {
  assert.deepEqual(wordsOf('readTextFile_v2 customerId; Tickets, glass'), ['read', 'text', 'file', 'v2', 'customer', 'id', 'ticket', 'glass'])
  assert.deepEqual(wordsOf('Straße übersetzen 東京'), ['straße', 'übersetzen', '東京'])
})

test('the best comes first', () => {
  const table: readonly (readonly [string, string])[] = [
    ['create a ticket', 'tickets__create_ticket'], ['write file', 'files__writeFile'], ['read', 'files__read_text_file'], ['SQL on orders', 'db__query'], ['weather in a city', 'weather__forecast'],
    ['CUSTOMER', 'tickets__create_ticket'], ['list', 'tickets__list_tickets'],
  ]
  for (const [query, expected] of table) assert.equal(names(query)[0], expected, query)
})

test('what has none of the words is not found', () => {
  assert.deepEqual(names('bicycle'), [])
  assert.deepEqual(names('!!! ---'), [])
  assert.deepEqual(names('weather'), ['weather__forecast'])
})

test('equals come in the order of the list, each time', () => {
  const twins = new SearchIndex([tool('a', 'same words'), tool('b', 'same words'), tool('c', 'same words')])
  assert.deepEqual([twins.find('same'), twins.find('same')], [[0, 1, 2], [0, 1, 2]])
})

test('a huge query and huge descriptions are looked at in part', () => {
  const began = performance.now()
  const big = new SearchIndex(Array.from({ length: 200 }, (_, at) => tool(`t${at}`, 'aA'.repeat(500_000))))
  assert.deepEqual(big.find('x '.repeat(1_000_000)), [])
  assert.ok(performance.now() - began < 5000)
})
