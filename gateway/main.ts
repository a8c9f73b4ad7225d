#!/usr/bin/env node
// The command line. Each command says what it does and ends with 0, 1 (it failed) or 2 (wrong usage or configuration).
import { parseArgs } from 'node:util'
import { auditVerify } from './commands/audit-verify.ts'
import { check } from './commands/check.ts'
import { costs } from './commands/costs.ts'
import { hashValues } from './commands/hash.ts'
import { keyNew } from './commands/key-new.ts'
import { labelsApproveRemoval, labelsShow } from './commands/labels/labels.ts'
import { pinsApprove } from './commands/pins/approve.ts'
import { pinsDiff } from './commands/pins/diff.ts'
import { pinsForget } from './commands/pins/forget.ts'
import { pinsList } from './commands/pins/list.ts'
import { pinsReject } from './commands/pins/reject.ts'
import { policyReport } from './commands/policy-report.ts'
import { routesExplain, routesReport } from './commands/routes.ts'
import { serversAdd } from './commands/servers/add.ts'
import { serversCheck } from './commands/servers/check.ts'
import { serversImport } from './commands/servers/import.ts'
import { serversList, serversRemove, serversShow } from './commands/servers/list.ts'
import { serversLogin } from './commands/servers/login.ts'
import { serversSearch } from './commands/servers/search.ts'
import { start } from './commands/start.ts'
import { vaultForget, vaultReseal, vaultRotate, vaultRotateHashes } from './commands/vault.ts'
import type { Command, CommandOptions } from './commands/command.ts'
import { ConfigError } from './config/config-error.ts'

const usage = `portcullis <command> [options]

  start            run the gateway
  check            read configuration and policy, say what is wrong, bind nothing
  key new          make a gateway key; prints the key once, and the hash for the configuration
  hash NAME        hashes of the values on standard input, for redaction.own[].hashes
  audit verify     check the audit log's chain; names the record that does not fit
  policy report    what policy stopped, or would have stopped, by rule, principal and tool
  costs            what calls cost, by user request, session, who asked, model or day
  routes explain EXCHANGE   a recorded choice of a model made again: candidates, predictions, costs, reasons
  routes report    what was chosen, what it saved, and what shadow strategies would have done

  servers import FILE             take over the MCP servers of a client's file, after showing what each would run
  servers add FILE | NAME[@VER]   approve a server from a server.json or a registry, pinned to its version and digest
  servers search TEXT             look for servers in a registry
  servers check                   ask the registries again about what was approved from them
  servers list | show NAME | remove NAME
  servers login NAME              log the running gateway in at a server that wants it

  pins list        what MCP servers say of their tools, and whether it is what was approved
  pins diff SERVER [KIND NAME]      what is shown now beside what was approved
  pins approve SERVER [KIND NAME]   approve it as shown; --all for every server
  pins reject SERVER [KIND NAME]    keep what was approved; what differs is noticed anew when it is shown again
  pins forget SERVER                forget what was approved of a server

  vault forget     forget what was hidden in one session (--session), with a --reason: its pseudonyms can be restored no more
  vault rotate     a new vault key, used from the next start on, which seals everything with it
  vault reseal     with Redis: seal everything with the current key, once all gateways have it
  vault rotate-hashes  a new key for hash tokens, with a --reason: equal values get other tokens from now on
  labels show --session S             which labels a session holds, and its agent and subject
  labels approve-removal --session S  take labels off (--label, --sensitivity), with a --reason; it is recorded

  --config FILE    configuration (default: portcullis.yaml here, else embedded defaults)
  --data FOLDER    data folder (default: from the configuration)
  --observe        start: let everything pass that only policy would stop, and record it
  --since TIME     policy report, costs, routes report: only records from this time on (ISO 8601, or an age such as 24h or 7d)
  --until TIME     costs: only records before this time
  --by WHAT        costs: root (a user request; default), session, key, subject, tenant, group, agent, model, provider or day
  --top N          costs: rows, the dearest first (default: 20, with --json all)
  --session ID     vault forget: as audit records name it, <tenant>/<key>/<session id>
  --admin URL      servers login, vault: admin listener (default: from the configuration)
  --registry PLACE servers add, search: base URL of a registry, or a folder that mirrors one
  --name NAME      servers add: name here; servers import: take only this one (THERE=HERE renames), may be repeated
  --value N=V      servers: value of an input, N=env:VARIABLE or N=file:PATH for a secret; may be repeated
  --pick WHICH     servers add: remote, npm, pypi, oci, or a place such as packages[1]
  --environment E, --trust T, --sensitivity S   servers: as in mcp_servers, for what is approved;
                   labels approve-removal: sensitivity that is left at the most
  --server NAME, --state new|match|drift   pins list: which ones
  --session S      labels: session, as in the audit log: <tenant>/<key>/<id>
  --label L        labels approve-removal: what is taken off; may be repeated
  --reason TEXT    labels approve-removal, vault: why; it is recorded
  --json           pins list, costs, labels: as JSON
  --all            pins approve, reject, diff: of every server; labels approve-removal: also what outlasts sessions
  --yes            servers, pins, labels: confirm without being asked
  --help           this text
`

const commands: Readonly<Record<string, Command>> = {
  start, check, 'key new': keyNew, hash: hashValues, 'audit verify': auditVerify, 'policy report': policyReport, costs, 'routes explain': routesExplain, 'routes report': routesReport,
  'servers import': serversImport, 'servers add': serversAdd, 'servers search': serversSearch, 'servers check': serversCheck,
  'servers list': serversList, 'servers show': serversShow, 'servers remove': serversRemove,
  'servers login': serversLogin,
  'vault forget': vaultForget, 'vault rotate': vaultRotate, 'vault reseal': vaultReseal, 'vault rotate-hashes': vaultRotateHashes,
  'labels show': labelsShow, 'labels approve-removal': labelsApproveRemoval,
  'pins list': pinsList, 'pins diff': pinsDiff, 'pins approve': pinsApprove, 'pins reject': pinsReject, 'pins forget': pinsForget,
}

/** Commands whose name is followed by something. */
const takesWords: ReadonlySet<string> = new Set(['hash', 'routes explain', 'servers import', 'servers add', 'servers search', 'servers show', 'servers remove', 'servers login', 'pins list', 'pins diff', 'pins approve', 'pins reject', 'pins forget'])

/** The command that the words begin with; the rest is for it. */
const nameIn = (words: readonly string[]): string => {
  return [2, 1].map(count => words.slice(0, count).join(' ')).find(name => takesWords.has(name)) ?? words.join(' ')
}

const parse = (argv: readonly string[]): { name: string; options: CommandOptions; help: boolean } => {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      config: { type: 'string' }, data: { type: 'string' }, since: { type: 'string' }, until: { type: 'string' }, by: { type: 'string' }, top: { type: 'string' }, admin: { type: 'string' },
      registry: { type: 'string' }, pick: { type: 'string' }, name: { type: 'string', multiple: true, default: [] }, value: { type: 'string', multiple: true, default: [] },
      environment: { type: 'string' }, trust: { type: 'string' }, sensitivity: { type: 'string' }, yes: { type: 'boolean', default: false },
      session: { type: 'string' }, label: { type: 'string', multiple: true, default: [] }, reason: { type: 'string' },
      server: { type: 'string' }, state: { type: 'string' }, json: { type: 'boolean', default: false }, all: { type: 'boolean', default: false },
      observe: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const name = nameIn(positionals)
  const given = (option: Exclude<keyof typeof values, 'name' | 'value' | 'label' | 'yes' | 'json' | 'all' | 'observe' | 'help'>): string | null => values[option] ?? null
  return {
    name, help: values.help,
    options: {
      config: given('config'), data: given('data'), since: given('since'), observe: values.observe, cwd: process.cwd(), environment: process.env,
      words: positionals.slice(name.split(' ').length), names: values.name, values: values.value, registry: given('registry'), pick: given('pick'), yes: values.yes, admin: given('admin'),
      pins: { server: given('server'), state: given('state'), json: values.json, all: values.all },
      vault: { session: given('session'), reason: given('reason') },
      labels: { session: given('session'), label: values.label, reason: given('reason') },
      costs: { by: given('by'), until: given('until'), top: given('top') },
      settings: { environment: given('environment'), trust: given('trust'), sensitivity: given('sensitivity') },
    },
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
