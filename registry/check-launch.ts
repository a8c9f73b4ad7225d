// Everything that must hold for a server that somebody else described, when it is approved and again whenever it is loaded. Servers that
// an operator wrote into mcp_servers are not asked: writing them was the confirmation.
import { launchProblem } from './launchers.ts'
import { mcpServerSchema, type McpServer } from './mcp-server.ts'
import type { RegistryProblem } from './registry.ts'

/** Variables that decide what a launcher runs, or where it gets it from. */
const steering = new RegExp(`^(?:${[
  'path', 'pathext', 'comspec', 'systemroot', 'home', 'userprofile', 'shell', 'ifs', 'env', 'bash_env', 'bash_func.*', 'prompt_command', 'ld_.*', 'dyld_.*', 'gconv_path', 'xdg_.*',
  'node_(?:options|path|extra_ca_certs|tls_reject_unauthorized|repl_external_module|v8_coverage)', 'npm_config_.*', 'bun_.*', 'deno_.*', 'uv_.*', 'pip_.*',
  'python(?:path|startup|home|inspect|breakpoint|userbase|warnings|executable)', 'perl5?(?:opt|lib|db)', 'ruby(?:opt|lib)', '_?java_(?:tool_)?options', 'jdk_java_options',
  'docker_.*', 'container_.*', 'git_(?:ssh.*|exec_path|config.*|askpass|editor|pager|external_diff|proxy_command|template_dir)', '(?:https?|all|no|ftp)_proxy', 'ssl_cert_.*',
].join('|')})$`, 'i')
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** Headers that belong to the connection or to the protocol. */
const ownHeaders = new Set(['host', 'connection', 'content-length', 'content-type', 'transfer-encoding', 'accept', 'te', 'trailer', 'upgrade', 'expect', 'keep-alive', 'mcp-session-id', 'mcp-protocol-version', 'last-event-id'])

const byHand = 'if you want it all the same, write the server into mcp_servers yourself'

const environmentProblems = (env: Readonly<Record<string, unknown>>): RegistryProblem[] => Object.keys(env).flatMap(name => {
  if (!variableName.test(name)) return [{ path: `env.${JSON.stringify(name)}`, problem: 'is no name of an environment variable', remedy: 'letters, digits and "_"' }]
  return steering.test(name) ? [{ path: `env.${name}`, problem: 'decides what is run, or where it comes from', remedy: byHand }] : []
})

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host)

const remoteProblems = ({ url, headers }: Extract<McpServer, { url: string }>): RegistryProblem[] => {
  const parsed = new URL(url)
  const problems: RegistryProblem[] = []
  if (parsed.protocol !== 'https:' && !isLoopback(parsed.hostname)) problems.push({ path: 'url', problem: 'is neither https nor on this machine', remedy: 'use the https address, or write the server into mcp_servers yourself' })
  if (parsed.username !== '' || parsed.password !== '') problems.push({ path: 'url', problem: 'holds a credential', remedy: 'put it into a header that refers to an environment variable' })
  for (const [name, value] of Object.entries(headers)) {
    if (!headerName.test(name) || ownHeaders.has(name.toLowerCase())) problems.push({ path: `headers.${JSON.stringify(name)}`, problem: 'is no header that a server may ask for', remedy: byHand })
    if (typeof value === 'string' && /[^\t\x20-\x7e]/.test(value)) problems.push({ path: `headers.${name}`, problem: 'has a value that no header can carry', remedy: 'printable ASCII only' })
  }
  return problems
}

/** What speaks against this server; paths start at the server itself. Empty: nothing. */
export const checkLaunch = (written: unknown, launchers: readonly string[]): readonly RegistryProblem[] => {
  const parsed = mcpServerSchema.safeParse(written)
  if (!parsed.success) {
    return parsed.error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), problem: message, remedy: 'see mcp_servers in the configuration reference' }))
  }
  const server = parsed.data
  if ('url' in server) return remoteProblems(server)
  const problem = launchProblem(server.command, server.args, launchers)
  return [
    ...problem === null ? [] : [{ path: 'command', problem, remedy: `name another launcher or an exact version; ${byHand}` }],
    ...environmentProblems(server.env),
  ]
}
