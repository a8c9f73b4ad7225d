// Which programs an imported or registry entry may be started with, and which of their options are known to start nothing but the
// named version. Command lines are argument vectors: a shell is never involved, and never accepted as a launcher.
import { posix } from 'node:path'
import { z } from 'zod'
import { isExactNpm, isExactPypi } from './exact-version.ts'

/** Programs that run text as code, or another program that nobody checked. */
const shells = new Set([
  'sh', 'bash', 'dash', 'zsh', 'ksh', 'csh', 'tcsh', 'fish', 'busybox', 'cmd', 'command', 'powershell', 'pwsh', 'wsl', 'wscript', 'cscript', 'osascript',
  'env', 'sudo', 'doas', 'su', 'xargs', 'nohup', 'eval', 'exec', 'script', 'ssh', 'nsenter', 'chroot', 'unshare', 'setsid', 'timeout', 'nice',
])

/** Is it a shell, or something that starts whatever it is given? Looks at the name without folder and ending. */
export const isShell = (command: string): boolean =>
  shells.has((command.split(/[\\/]/).at(-1) ?? '').toLowerCase().replace(/\.(?:exe|cmd|bat|com|ps1)$/, ''))

export const launchersSchema = z.array(z.string().min(1).refine(name => !isShell(name), 'is a shell, or starts whatever it is given; such launchers are never accepted'))
  .default(['npx', 'bunx', 'uvx', 'docker', 'podman', 'node', 'python', 'python3', 'deno'])

type Judge = (word: string) => string | null

interface Rule {
  /** Must stand first, e.g. `run`. */
  readonly subcommand?: string
  /** Options without a value. */
  readonly flags: ReadonlySet<string>
  /** Options with one, and what is wrong with it. */
  readonly values: ReadonlyMap<string, Judge>
  /** Options that already say what is started; the first plain word is then an argument. */
  readonly startedBy: ReadonlySet<string>
  /** What is wrong with the first plain word. */
  readonly program: Judge
}

const fine: Judge = () => null
const npmName = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/i
const pypiName = /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?(?:\[[a-z0-9._,-]+\])?$/i

/** What is wrong with `name@version` of npm. */
const npmPackage: Judge = word => {
  const at = word.lastIndexOf('@')
  const [name, version] = at > 0 ? [word.slice(0, at), word.slice(at + 1)] : [word, '']
  if (!npmName.test(name)) return 'does not name an npm package'
  return isExactNpm(version) ? null : 'needs an exact version, e.g. package@1.2.3'
}

/** What is wrong with `name==version` or `name@version` of PyPI. */
const pypiPackage: Judge = word => {
  const [, name = '', version = ''] = /^(.*?)(?:==|@)(.*)$/.exec(word) ?? [word, word]
  if (!pypiName.test(name)) return 'does not name a PyPI package'
  return isExactPypi(version) ? null : 'needs an exact version, e.g. package==1.2.3'
}

/** What is wrong with an image reference. */
export const image: Judge = word => {
  const [reference = '', digest] = word.split('@')
  if (!/^[a-z0-9][a-zA-Z0-9._/:-]*$/.test(reference)) return 'does not name an image'
  if (digest !== undefined) return /^sha256:[a-f0-9]{64}$/.test(digest) ? null : 'has a digest that is not sha256 with 64 hexadecimal digits'
  const tag = (reference.split('/').at(-1) ?? '').split(':')[1] ?? ''
  return tag === '' || tag === 'latest' ? 'needs an exact version, e.g. image:1.2.3 or image@sha256:…' : null
}

const file: Judge = word => /^[a-z][a-z0-9+.-]+:/i.test(word) && !/^[a-z]:[\\/]/i.test(word) ? 'must be a file of this machine' : null
const denoModule: Judge = word => {
  const [, scheme, rest = ''] = /^(npm|jsr):\/?(.*)$/.exec(word) ?? []
  if (scheme === undefined) return file(word)
  return npmPackage(/^(?:@[^/]+\/)?[^/]+/.exec(rest)?.[0] ?? '')
}

const hostFolders = ['/', '/bin', '/boot', '/dev', '/etc', '/lib', '/lib64', '/proc', '/root', '/run', '/sbin', '/sys', '/usr', '/var', '/home']
const bindSource: Judge = source => {
  const path = posix.normalize(source).replace(/(?<=.)\/$/, '')
  if (path.startsWith('.') || hostFolders.includes(path) || /^\/(?:dev|etc|proc|sys|boot|run|var\/run|var\/lib\/docker)\//.test(path) || /\.sock$/.test(path)) return 'gives the container more of this machine than a server needs'
  return null
}
const volume: Judge = word => bindSource(word.split(':')[0] ?? '')
const mountKeys = new Set(['type', 'src', 'source', 'dst', 'destination', 'target', 'readonly', 'ro'])
const mount: Judge = word => {
  const pairs = word.split(',').map(pair => [pair.split('=', 1)[0] ?? '', pair.slice(pair.indexOf('=') + 1)] as const)
  const unknown = pairs.find(([key]) => !mountKeys.has(key))
  if (unknown !== undefined) return `uses "${unknown[0]}"`
  return pairs.map(([key, value]) => key === 'src' || key === 'source' ? bindSource(value) : null).find(problem => problem !== null) ?? null
}
const network: Judge = word => word === 'host' || word.includes(':') ? 'joins a network that is not the container\'s own' : null
const securityOption: Judge = word => /^no-new-privileges(?:[:=]true)?$/.test(word) ? null : 'may only be no-new-privileges'

const rule = (parts: { subcommand?: string; flags?: readonly string[]; values?: Readonly<Record<string, Judge>>; startedBy?: readonly string[]; program: Judge }): Rule => ({
  ...parts.subcommand === undefined ? {} : { subcommand: parts.subcommand },
  flags: new Set(parts.flags), values: new Map(Object.entries(parts.values ?? {})), startedBy: new Set(parts.startedBy), program: parts.program,
})

const containers = rule({
  subcommand: 'run', program: image,
  flags: ['-i', '--interactive', '-t', '--tty', '-it', '-ti', '--rm', '--init', '--read-only'],
  values: {
    '-e': fine, '--env': fine, '--name': fine, '-l': fine, '--label': fine, '-u': fine, '--user': fine, '-w': fine, '--workdir': fine, '-m': fine, '--memory': fine,
    '--cpus': fine, '--pids-limit': fine, '--platform': fine, '--pull': fine, '--tmpfs': fine, '--cap-drop': fine, '--add-host': fine,
    '-v': volume, '--volume': volume, '--mount': mount, '--network': network, '--net': network, '--security-opt': securityOption,
  },
})
const python = rule({ flags: ['-u', '-B', '-E', '-I', '-s', '-S', '-P'], values: { '-m': fine }, startedBy: ['-m'], program: file })

const rules: Readonly<Record<string, Rule>> = {
  npx: rule({ flags: ['-y', '--yes', '-q', '--quiet', '--prefer-offline', '--offline'], values: { '-p': npmPackage, '--package': npmPackage }, startedBy: ['-p', '--package'], program: npmPackage }),
  bunx: rule({ flags: ['-y', '--bun', '--silent'], values: { '-p': npmPackage, '--package': npmPackage }, startedBy: ['-p', '--package'], program: npmPackage }),
  uvx: rule({
    flags: ['-q', '--quiet', '--offline', '--isolated', '--no-progress', '--no-cache', '-n', '--no-config'],
    values: { '--from': pypiPackage, '--with': pypiPackage, '-p': fine, '--python': fine }, startedBy: ['--from'], program: pypiPackage,
  }),
  docker: containers, podman: containers, python, python3: python,
  node: rule({ flags: ['--enable-source-maps', '--no-warnings', '--no-deprecation', '--use-system-ca'], program: file }),
  deno: rule({
    subcommand: 'run', program: denoModule,
    flags: ['-A', '--allow-all', '-N', '--allow-net', '-R', '--allow-read', '-W', '--allow-write', '-E', '--allow-env', '-S', '--allow-sys', '-q', '--quiet', '--no-prompt', '--cached-only'],
    values: { '--allow-net': fine, '--allow-read': fine, '--allow-write': fine, '--allow-env': fine, '--allow-sys': fine },
  }),
}

interface Option { readonly name: string; readonly value: string | undefined; readonly words: number }

/** The option at a place of the command line: `--name value`, `--name=value`, or a flag. Null: not one that we know. */
const optionAt = ({ flags, values }: Rule, args: readonly string[], at: number): Option | null => {
  const word = args[at] ?? ''
  if (flags.has(word)) return { name: word, value: undefined, words: 1 }
  const equals = word.indexOf('=')
  const name = equals > 0 ? word.slice(0, equals) : word
  if (!values.has(name)) return null
  return equals > 0 ? { name, value: word.slice(equals + 1), words: 1 } : { name, value: args[at + 1] ?? '', words: 2 }
}

interface Options { readonly problem: string | null; readonly started: boolean; readonly next: number }

/** Reads the launcher's own options, up to what it is to run. */
const readOptions = (found: Rule, args: readonly string[], from: number): Options => {
  let at = from
  let started = false
  while (args[at]?.startsWith('-') === true && args[at] !== '--') {
    const option = optionAt(found, args, at)
    if (option === null) return { problem: `has the option ${JSON.stringify(args[at])}, which may change what is run`, started, next: at }
    const problem = option.value === undefined ? null : found.values.get(option.name)?.(option.value) ?? null
    if (problem !== null) return { problem: `${option.name} ${JSON.stringify(option.value)} ${problem}`, started, next: at }
    started ||= found.startedBy.has(option.name)
    at += option.words
    // What follows `python -m module` belongs to the module.
    if (started && option.name === '-m') break
  }
  return { problem: null, started, next: args[at] === '--' ? at + 1 : at }
}

const problemOf = (command: string, found: Rule, args: readonly string[]): string | null => {
  const { subcommand } = found
  if (subcommand !== undefined && args[0] !== subcommand) return `must begin with "${command} ${subcommand}"`
  const { problem, started, next } = readOptions(found, args, subcommand === undefined ? 0 : 1)
  if (problem !== null || started) return problem
  const program = args[next]
  if (program === undefined) return 'does not say what is to be run'
  const wrong = found.program(program)
  return wrong === null ? null : `${JSON.stringify(program)} ${wrong}`
}

/**
 * What speaks against starting this command line, or null. Launchers that an operator added and that we know nothing about may be
 * called with any arguments.
 * @param launchers the allow-list; names are compared as they are, so that a path needs an entry of its own.
 */
export const launchProblem = (command: string, args: readonly string[], launchers: readonly string[]): string | null => {
  if (isShell(command)) return `"${command}" is a shell, or starts whatever it is given`
  if (!launchers.includes(command)) return `"${command}" is not among registry.launchers (${launchers.join(', ') || 'none'})`
  if ([command, ...args].some(word => word.includes('\0'))) return 'holds a NUL character'
  const found = Object.hasOwn(rules, command) ? rules[command] : undefined
  const problem = found === undefined ? null : problemOf(command, found, args)
  return problem === null ? null : `${command}: ${problem}`
}
