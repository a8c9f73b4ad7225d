// The closed table of methods.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actionKinds } from '../../../gateway/exchange/operation.ts'
import { handlingOf, methodsOf, notificationHandling, unknownMethod } from '../../../gateway/surfaces/mcp/methods.ts'

const refused: Readonly<Record<'legacy' | 'modern', readonly string[]>> = {
  legacy: ['server/discover', 'subscriptions/listen', 'tasks/list', 'tasks/update', 'sampling/createMessage', 'constructor', '__proto__', 'Tools/call', ''],
  modern: ['initialize', 'ping', 'logging/setLevel', 'resources/subscribe', 'tasks/list', 'tasks/result', 'toString', ''],
}
for (const era of ['legacy', 'modern'] as const) {
  for (const method of refused[era]) test(`${JSON.stringify(method)} is not a method of the ${era} era`, () => { assert.equal(handlingOf(era, method), undefined) })

  test(`every operation of the ${era} era has a kind that policies know`, () => {
    const kinds = methodsOf(era).map(method => handlingOf(era, method)!).flatMap(handling => handling.handling === 'operation' ? [handling.kind] : [])
    assert.deepEqual(new Set(kinds), new Set(['tool.list', 'tool.call', 'tool.task', 'resource.list', 'resource.read', 'prompt.list', 'prompt.get', 'completion']))
    for (const kind of kinds) assert.ok((actionKinds as readonly string[]).includes(kind))
  })
}

test('an unknown method is a normal JSON-RPC error to legacy clients and HTTP 404 to modern ones', () => {
  assert.deepEqual([unknownMethod('legacy', '1'), unknownMethod('modern', '1')].map(({ httpStatus, rpcCode }) => [httpStatus, rpcCode]), [[200, -32601], [404, -32601]])
})

test('only notifications that mean something to the gateway are named', () => {
  assert.deepEqual(['notifications/initialized', 'notifications/cancelled', 'notifications/progress', 'notifications/vendor'].map(notificationHandling), ['initialized', 'cancelled', 'ignored', 'ignored'])
})
