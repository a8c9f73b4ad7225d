#!/usr/bin/env node
// The command line. Each command says what it does and ends with 0, 1 (it failed) or 2 (wrong usage or configuration).
import { parseArgs } from 'node:util'
import { auditVerify } from './commands/audit-verify.ts'
import { check } from './commands/check.ts'
import { keyNew } from './commands/key-new.ts'
import { policyReport } from './commands/policy-report.ts'
import { start } from './commands/start.ts'
import type { Command, CommandOptions } from './commands/command.ts'
import { ConfigError } from './config/config-error.ts'

const usage = `portcullis <command> [options]

  start            run the gateway
  check            read configuration and policy, say what is wrong, bind nothing
  key new          make a gateway key; prints the key once, and the hash for the configuration
  audit verify     check the audit log's chain; names the record that does not fit
  policy report    what policy stopped, or would have stopped, by rule, principal and tool

  --config FILE    configuration (default: portcullis.yaml here, else embedded defaults)
  --data FOLDER    data folder (default: from the configuration)
  --observe        start: let everything pass that only policy would stop, and record it
  --since TIME     policy report: only records after this ISO time
  --help           this text
`

const commands: Readonly<Record<string, Command>> = {
  start, check, 'key new': keyNew, 'audit verify': auditVerify, 'policy report': policyReport,
}

const parse = (argv: readonly string[]): { name: string; options: CommandOptions; help: boolean } => {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      config: { type: 'string' }, data: { type: 'string' }, since: { type: 'string' },
      observe: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false },
    },
  })
  return {
    name: positionals.join(' '),
    help: values.help,
    options: { config: values.config ?? null, data: values.data ?? null, since: values.since ?? null, observe: values.observe, cwd: process.cwd(), environment: process.env },
  }
}

const run = async (argv: readonly string[]): Promise<number> => {
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse(argv)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    return 2
  }
  if (parsed.help) {
    console.log(usage)
    return 0
  }
  const command = commands[parsed.name]
  if (command === undefined) {
    console.error(`${parsed.name === '' ? 'No command given.' : `Unknown command "${parsed.name}".`}\n\n${usage}`)
    return 2
  }
  try {
    return await command(parsed.options)
  } catch (error) {
    if (error instanceof ConfigError) {
      console.error(error.message)
      return 2
    }
    console.error(`portcullis ${parsed.name}: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  }
}

process.exitCode = await run(process.argv.slice(2))
