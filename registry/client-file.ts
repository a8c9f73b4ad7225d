// A client's own list of MCP servers (Claude Desktop, Claude Code, Cursor, VS Code and others) read as entries of ours. Literal secrets
// do not come along: a reference takes their place, and which variable it names is never the file's choice.
import { z } from 'zod'
import type { WrittenServer } from './build-launch.ts'
import { checkLaunch } from './check-launch.ts'
import type { RegistryProblem } from './registry.ts'
import { nameLooksSecret, secretArgument, secretInUrl, valueLooksSecret } from './secret-like.ts'
import type { SecretRef } from './secret-ref.ts'
import { readReference, secretVariable, type GivenValues } from './server-inputs.ts'

const clientServerSchema = z.looseObject({
  type: z.string().optional(), transport: z.string().optional(),
  command: z.string().min(1).optional(), args: z.array(z.string()).optional(), env: z.record(z.string(), z.coerce.string()).nullish(),
  url: z.string().min(1).optional(), serverUrl: z.string().min(1).optional(), headers: z.record(z.string(), z.string()).nullish(),
  disabled: z.boolean().optional(),
})
type ClientServer = z.infer<typeof clientServerSchema>

const serversSchema = z.record(z.string(), z.unknown())
const fileSchema = z.union([
  z.looseObject({ mcpServers: serversSchema }).transform(file => file.mcpServers),
  z.looseObject({ servers: serversSchema }).transform(file => file.servers),
  z.looseObject({ mcp: z.looseObject({ servers: serversSchema }) }).transform(file => file.mcp.servers),
])

export interface ImportedServer {
  /** As the file calls it. */
  readonly original: string
  /** As this gateway will call it. */
  readonly name: string
  /** Null where it cannot be taken over. */
  readonly server: WrittenServer | null
  readonly problems: readonly RegistryProblem[]
  readonly notices: readonly string[]
}

export interface ImportOptions { readonly launchers: readonly string[]; readonly given: GivenValues; readonly rename: ReadonlyMap<string, string> }

const takenOver = new Set(['type', 'transport', 'command', 'args', 'env', 'url', 'serverUrl', 'headers', 'disabled', 'name', 'description'])

/** A name that this gateway can use: `[a-z0-9-]{1,24}`. */
export const localName = (written: string): string =>
  written.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, 24).replace(/^-+|-+$/g, '')

/** The servers of a client's file, or null where it holds none. */
export const clientServers = (file: unknown): Readonly<Record<string, unknown>> | null => {
  const parsed = fileSchema.safeParse(file)
  return parsed.success ? parsed.data : null
}

/** `${NAME}`, `${env:NAME}`, `${input:NAME}`, `${NAME:-default}`: what the clients fill in themselves. */
const placeholder = /\$\{(?:env:|input:)?([^}:]+)(?::-[^}]*)?\}/g

class Importing {
  readonly problems: RegistryProblem[] = []
  readonly notices: string[] = []
  readonly #name: string
  readonly #given: GivenValues

  constructor(name: string, given: GivenValues) {
    this.#name = name
    this.#given = given
  }

  /** Text that everybody may read: placeholders need a value. */
  plain(text: string, path: string): string {
    return text.replace(placeholder, (whole, name: string) => {
      const given = this.#given.get(name)?.[0]
      if (given === undefined) this.problems.push({ path, problem: `${whole} is filled in by the client, and not here`, remedy: `--value ${name}=…` })
      return given ?? ''
    })
  }

  values(record: Readonly<Record<string, string>>, path: string): Record<string, string | SecretRef> {
    return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, this.#value(name, value, path)]))
  }

  #value(name: string, value: string, path: string): string | SecretRef {
    const given = this.#given.get(name)?.[0]
    if (given !== undefined) return readReference(given) ?? given
    if (value === '' || !(nameLooksSecret(name) || valueLooksSecret(value) || value.search(placeholder) >= 0)) return value
    const variable = secretVariable(this.#name, name)
    const whole = value.search(placeholder) > 0 || /^(?:Bearer|Basic|Token) /.test(value) ? ' (the whole value, with what stands in front of the secret)' : ''
    this.notices.push(`${path}.${name}: the value is not taken over; put it into the environment variable ${variable}${whole}, or name another place with --value ${name}=env:VARIABLE or file:PATH`)
    return { env: variable }
  }
}

const transportOf = ({ type, transport }: ClientServer): string => (type ?? transport ?? '').toLowerCase()

const read = (entry: ClientServer, importing: Importing): WrittenServer | null => {
  const { problems } = importing
  const url = entry.url ?? entry.serverUrl
  if (url !== undefined) {
    const plain = importing.plain(url, 'url')
    if (secretInUrl(plain)) problems.push({ path: 'url', problem: 'holds what looks like a secret', remedy: 'give it in a header; addresses are shown and logged' })
    return { ...transportOf(entry) === 'sse' ? { type: 'sse' } : {}, url: plain, headers: importing.values(entry.headers ?? {}, 'headers') }
  }
  if (entry.command === undefined) {
    problems.push({ path: '', problem: 'names neither a command nor a url', remedy: 'command and args, or url' })
    return null
  }
  const args = (entry.args ?? []).map((word, at) => importing.plain(word, `args[${at}]`))
  const secret = secretArgument(args)
  if (secret >= 0) problems.push({ path: `args[${secret}]`, problem: 'looks like a secret; every process of this machine can read command lines', remedy: 'give it in env, or write the server into mcp_servers yourself' })
  return { command: importing.plain(entry.command, 'command'), args, env: importing.values(entry.env ?? {}, 'env') }
}

/** One server of a client's file; it changes nothing, and what speaks against it is in `problems`. */
export const importServer = (original: string, written: unknown, options: ImportOptions): ImportedServer => {
  const name = options.rename.get(original) ?? localName(original)
  const parsed = clientServerSchema.safeParse(written)
  if (!parsed.success) {
    return { original, name, server: null, notices: [], problems: parsed.error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), problem: message, remedy: 'see the client\'s own documentation' })) }
  }
  const importing = new Importing(name, options.given)
  const server = read(parsed.data, importing)
  // Values that are missing make a command line with holes: that would only be complained about twice.
  const checked = server === null || importing.problems.length > 0 ? [] : checkLaunch(server, options.launchers)
  const left = Object.keys(parsed.data).filter(key => !takenOver.has(key))
  if (left.length > 0) importing.notices.push(`not taken over: ${left.join(', ')}`)
  if (parsed.data.disabled === true) importing.notices.push('the client has it disabled')
  return { original, name, server, problems: [...importing.problems, ...checked], notices: importing.notices }
}
