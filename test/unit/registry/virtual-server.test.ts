import assert from 'node:assert/strict'
import { test } from 'node:test'
import { virtualProblems, virtualServersSchema } from '../../../registry/virtual-server.ts'

const parse = (value: unknown): ReturnType<typeof virtualServersSchema.safeParse> => virtualServersSchema.safeParse(value)

test('what a virtual server may be, and what is refused', () => {
  const table: readonly (readonly [string, unknown, RegExp | null])[] = [
    ['tools by name and glob', { desk: { groups: ['*'], tools: ['files/read', 'db/*', { tool: 'db/query', as: 'find' }] } }, null],
    ['a glob under one name', { desk: { groups: ['*'], tools: [{ tool: 'db/*', as: 'find' }] } }, /must name one tool/],
    ['a glob with one description', { desk: { groups: ['*'], tools: [{ tool: 'db/*', description: 'x' }] } }, /must name one tool/],
    ['a tool without a server', { desk: { groups: ['*'], tools: ['read'] } }, /server\/name/],
    ['a name that models do not take', { desk: { groups: ['*'], tools: [{ tool: 'db/q', as: 'find it' }] } }, /1 to 64/],
    ['nobody', { desk: { groups: [], tools: [] } }, /groups/],
    ['no word about who', { desk: { tools: [] } }, /groups/],
    ['an address that is none', { 'Desk/1': { groups: ['*'] } }, /1 to 24/],
  ]
  for (const [name, value, problem] of table) {
    const { success, error } = parse(value)
    assert.equal(success, problem === null, name)
    if (problem !== null) assert.match(JSON.stringify(error?.issues), problem, name)
  }
})

test('mistakes beside the real servers are told with what to do', () => {
  const virtual = virtualServersSchema.parse({
    db: { groups: ['*'] }, desk: { groups: ['*'], tools: ['gone/x', { tool: 'db/a', as: 'same' }, { tool: 'db/b', as: 'same' }] },
  })
  assert.deepEqual(virtualProblems(virtual, ['db']).map(({ path, problem }) => [path, problem]), [
    ['virtual_servers.db', 'mcp_servers.db has the same name, and with it the same address'],
    ['virtual_servers.desk', 'there is no MCP server "gone"'],
    ['virtual_servers.desk.tools', '"same" is given to two tools'],
  ])
})
