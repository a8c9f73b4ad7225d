// Forwarding without a decision must be a compile error: the type checker itself is asked.
import assert from 'node:assert/strict'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import ts from 'typescript'

const root = resolve(import.meta.dirname, '../..')
const fixtures = join(root, 'test/fixtures/compile')

const errorsOf = (names: readonly string[]): Map<string, string[]> => {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), path => ts.sys.readFile(path)) as { config: unknown }
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const files = names.map(name => join(fixtures, name))
  const program = ts.createProgram(files, { ...options, noEmit: true })
  return new Map(files.map((file, index) => [
    names[index]!,
    ts.getPreEmitDiagnostics(program, program.getSourceFile(file)).map(found => ts.flattenDiagnosticMessageText(found.messageText, '\n')),
  ]))
}

test('undecided forwarding does not compile, decided forwarding does', () => {
  const errors = errorsOf(['decided.ts', 'undecided-operation.ts', 'forged-permit.ts', 'forged-sendable.ts', 'forged-mcp-sendable.ts', 'undecided-mcp-operation.ts'])
  assert.deepEqual(errors.get('decided.ts'), [])
  assert.match(errors.get('undecided-operation.ts')!.join(), /Permit/)
  assert.match(errors.get('forged-permit.ts')!.join(), /private/)
  assert.match(errors.get('forged-sendable.ts')!.join(), /ModelSendable/)
  assert.match(errors.get('forged-mcp-sendable.ts')!.join(), /McpSendable/)
  assert.match(errors.get('undecided-mcp-operation.ts')!.join(), /Permit/)
})
