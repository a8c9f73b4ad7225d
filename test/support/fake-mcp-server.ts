// A programmable MCP server, as a product of its own: over HTTP by startFakeMcpHttp, or over stdio when run as a script:
// node test/support/fake-mcp-server.ts --stdio [--era=legacy|modern|dual] [--probe=answer|exit|hang] [--ignore-term] [--child] [--name=x]
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { FakeMcp } from './fake-mcp/core.ts'

export { FakeMcp, type FakeMcpOptions } from './fake-mcp/core.ts'
export { startFakeMcpHttp, type FakeMcpHttp, type FakeMcpHttpOptions } from './fake-mcp/http.ts'
export { definitionOf, standardTools, textResult, type FakeTool } from './fake-mcp/tools.ts'

/** Command line that starts the stdio form. */
export const fakeMcpCommand = (...flags: readonly string[]): { readonly command: string; readonly args: readonly string[] } =>
  ({ command: process.execPath, args: [import.meta.filename, '--stdio', ...flags] })

const serveStdio = (flags: { readonly era: string; readonly probe: string; readonly name: string }): void => {
  const fake = new FakeMcp({ era: flags.era as 'legacy' | 'modern' | 'dual', name: flags.name })
  const write = (text: string): void => { process.stdout.write(`${text}\n`) }
  createInterface({ input: process.stdin }).on('line', line => {
    if (line.includes('"server/discover"')) {
      if (flags.probe === 'exit') process.exit(3)
      if (flags.probe === 'hang') return
    }
    void fake.handle(line, {}, { related: write, unrelated: write }).then(answer => { if (answer !== null) write(answer) })
  }).once('close', () => { if (!process.argv.includes('--ignore-term')) process.exit(0) })
}

if (import.meta.main && process.argv.includes('--stdio')) {
  const { values } = parseArgs({
    allowPositionals: false,
    options: {
      stdio: { type: 'boolean' }, era: { type: 'string', default: 'legacy' }, probe: { type: 'string', default: 'answer' },
      name: { type: 'string', default: 'fake' }, 'ignore-term': { type: 'boolean' }, child: { type: 'boolean' },
    },
  })
  if (values['ignore-term'] === true) {
    process.on('SIGTERM', () => undefined)
    setInterval(() => undefined, 1000)
  }
  // A grandchild, as npx and uvx have one; its pid goes to stderr.
  if (values.child === true) {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' })
    process.stderr.write(`grandchild ${String(child.pid)}\n`)
  }
  serveStdio(values)
}
