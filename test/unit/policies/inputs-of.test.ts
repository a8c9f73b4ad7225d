// What a policy reads, from OPA's syntax tree. Overlooking a reference would hide facts from a rule, so what is not understood is "everything".
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inputsOf } from '../../../policies/toolchain/inputs-of.ts'

interface Tree { readonly type: string; readonly value: readonly unknown[] }

const ref = (...steps: readonly (string | { readonly var: string } | Tree)[]): Tree => ({
  type: 'ref',
  value: [{ type: 'var', value: 'input' }, ...steps.map(step => typeof step === 'string' ? { type: 'string', value: step } : 'var' in step ? { type: 'var', value: step.var } : step)],
})
/** As it stands in the terms of an expression, and in the value of a nested call. */
const call = (builtin: string, argument: unknown): unknown[] => {
  const [name, ...steps] = builtin.split('.')
  return [{ type: 'ref', value: [{ type: 'var', value: name }, ...steps.map(value => ({ type: 'string', value }))] }, argument]
}
const inputs = (...trees: readonly unknown[]): Promise<string[]> => inputsOf(trees.map((_, index) => String(index)), file => Promise.resolve(JSON.stringify(trees[Number(file)])))

const rows: readonly [string, unknown, readonly string[]][] = [
  ['no reference', { rules: [{ type: 'string', value: 'input' }] }, []],
  ['a fixed path', ref('subject', 'id'), ['subject.id']],
  ['one field of every member', ref('resource', 'candidates', { var: 'i' }, 'id'), ['resource.candidates.*.id']],
  ['every member', ref('resource', 'candidates', { var: 'i' }), ['resource.candidates']],
  ['a member of every member', ref('args', { var: 'i' }, { var: 'j' }), ['args']],
  ['one field of every member beside the whole', [ref('resource', 'candidates', { var: 'i' }, 'id'), ref('resource', 'candidates')], ['resource.candidates']],
  ['two fields of every member', [ref('a', 'b', { var: 'i' }, 'x'), ref('a', 'b', { var: '$0' }, 'y')], ['a.b.*.x', 'a.b.*.y']],
  ['a field that is called like a sign', ref('args', '*', 'x'), ['args']],
  ['a count', [call('count', ref('args', 'list'))], ['args.list.#']],
  ['a type', [call('is_array', ref('args', 'list'))], ['args.list.#']],
  ['the keys of an object', [call('object.keys', ref('data', 'entities'))], ['data.entities.#']],
  ['a builtin that is called alike', [call('object.get', ref('data', 'entities'))], ['data.entities']],
  ['a count of everything', [call('count', ref())], ['']],
  ['a count beside the whole', [call('count', ref('args', 'list')), ref('args', 'list')], ['args.list']],
  ['a count of what one member holds', [call('count', ref('args', { var: 'i' }, 'list'))], ['args.*.list.#']],
  ['a builtin that looks inside', [call('sum', ref('args', 'list'))], ['args.list']],
  ['a count with a result', [[...call('count', ref('args', 'list')), { type: 'var', value: 'n' }]], ['args.list']],
  ['a function of another package', [[{ type: 'ref', value: [{ type: 'var', value: 'data' }, { type: 'string', value: 'count' }] }, ref('args', 'list')]], ['args.list']],
  ['a count along a path of the input', [call('count', ref('args', ref('action', 'name')))], ['action.name', 'args.#']],
  ['a variable at once', ref({ var: 'section' }, 'id'), ['']],
  ['input as a whole', ref(), ['']],
  ['input as a bare variable', { terms: [{ type: 'var', value: 'input' }] }, ['']],
  ['a name with a dot', ref('args', 'a.b'), ['args']],
  ['a part beside its whole', [ref('args'), ref('args', 'path')], ['args']],
  ['a name that begins like another', [ref('args'), ref('args_of')], ['args', 'args_of']],
  ['everything beside a part', [ref('args'), ref()], ['']],
  ['a reference inside a reference', { type: 'ref', value: [{ type: 'var', value: 'data' }, { type: 'string', value: 'tenant' }, ref('subject', 'tenant')] }, ['subject.tenant']],
  ['a reference inside the path of another', { type: 'ref', value: [{ type: 'var', value: 'input' }, { type: 'string', value: 'args' }, ref('action', 'name')] }, ['action.name', 'args']],
  ['a local name that is called like a field', { type: 'ref', value: [{ type: 'var', value: 'inputs' }, { type: 'string', value: 'id' }] }, []],
]

for (const [what, tree, expected] of rows) {
  test(`a policy with ${what} reads ${expected.length === 0 ? 'nothing' : expected.map(path => path === '' ? 'everything' : path).join(' and ')}`, async () => {
    assert.deepEqual(await inputs(tree), expected)
  })
}

test('several files add up', async () => {
  assert.deepEqual(await inputs(ref('subject', 'id'), ref('action'), ref('subject', 'id')), ['action', 'subject.id'])
})

const counting = { terms: call('count', ref('args', 'list')) }
const shadows: readonly [string, unknown][] = [
  ['a rule', { rules: [{ head: { name: 'count', ref: [{ type: 'var', value: 'count' }] } }] }],
  ['an import', { imports: [{ path: { type: 'ref', value: [{ type: 'var', value: 'data' }, { type: 'string', value: 'count' }] } }] }],
  ['an alias', { imports: [{ path: { type: 'ref', value: [{ type: 'var', value: 'data' }] }, alias: 'count' }] }],
]

for (const [what, file] of shadows) {
  test(`${what} called like a builtin makes that builtin read everything it is given`, async () => {
    assert.deepEqual(await inputs(counting, file), ['args.list'])
    assert.deepEqual(await inputs(counting), ['args.list.#'])
  })
}
