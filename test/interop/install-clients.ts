// Gets the pinned clients into the user's cache folder, through npm and pip as they are set up on this machine. None is a dependency of
// the project: together they are many times its size.
import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { installClaudeCode } from './install-claude-code.ts'
import { installCodex } from './install-codex.ts'

/** `path`: a node_modules folder, a Python interpreter or a program. */
export type Installed = { readonly kind: 'ready'; readonly path: string } | { readonly kind: 'unavailable'; readonly reason: string }

/** Exact versions; what these ask of a gateway changes between them. */
const npmClients = ['@langchain/anthropic@1.5.11', '@langchain/core@1.4.0', '@langchain/langgraph@1.7.3', '@langchain/openai@1.6.0', '@openai/agents@0.20.0', 'zod@4.6.7'] as const
/** Without its optional part, which is Claude Code once more. */
const agentSdk = ['@anthropic-ai/claude-agent-sdk@0.3.330', '@anthropic-ai/sdk@1.12.0', '@modelcontextprotocol/sdk@1.32.2', 'zod@4.6.7'] as const
const pythonClients = [
  'anthropic==2.14.0', 'google-genai==3.6.1', 'langchain-anthropic==1.7.10', 'langchain-openai==1.7.4', 'langgraph==1.2.24', 'openai==3.57.0', 'openai-agents==0.24.0',
] as const
/** No client: the detector that the gateway asks. Its patterns only, because its models come from elsewhere. */
const presidio = ['presidio-analyzer==2.2.366', 'spacy==3.8.18', 'flask==3.1.3'] as const
/** Makes pictures and reads them. */
const pictures = ['pillow==13.0.0'] as const
/** The library of GLiNER models with its own server, and what the server of NeMo Guardrails needs besides. */
const gliner = ['gliner[serve]==0.2.29', 'fastapi==0.165.0', 'uvicorn==0.54.0'] as const
/** In an environment of its own: it wants an older OpenAI SDK. */
const litellm = ['litellm==1.110.2'] as const

export const run = promisify(execFile)
const isWindows = process.platform === 'win32'
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'portcullis')
/** Where a set of packages is kept. */
export const folderFor = (name: string, packages: readonly string[]): string => join(cache, `${name}-${hash('sha256', packages.join(' ')).slice(0, 12)}`)

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ').slice(0, 300)

/** Runs the steps once per set of packages: an installation that broke off is not taken for one. */
export const once = async (folder: string, packages: readonly string[], path: string, steps: () => Promise<void>): Promise<Installed> => {
  const mark = join(folder, 'installed')
  if (existsSync(mark)) return { kind: 'ready', path }
  try {
    mkdirSync(folder, { recursive: true })
    await steps()
    writeFileSync(mark, packages.join('\n'))
    return { kind: 'ready', path }
  } catch (error) {
    return { kind: 'unavailable', reason: `could not install ${packages.join(' ')}: ${reasonOf(error)}` }
  }
}

/** No script of the packages runs. @param omitOptional for packages whose optional parts are a program that is installed already */
const installNpm = (name: string, packages: readonly string[], omitOptional: boolean): Promise<Installed> => {
  const folder = folderFor(name, packages)
  return once(folder, packages, join(folder, 'node_modules'), async () => {
    const args = ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', ...omitOptional ? ['--omit=optional'] : [], ...packages]
    await run('npm', args, { timeout: 300_000, shell: isWindows })
  })
}

const withPip = async (python: string, packages: readonly string[]): Promise<void> => {
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages], { timeout: 420_000 })
}

/** PYTHON names the interpreter to use (3.10 or newer). @returns the path of an interpreter that has the packages */
export const installPython = (name: string, packages: readonly string[], install = withPip): Promise<Installed> => {
  const folder = folderFor(name, packages)
  const bin = join(folder, 'venv', isWindows ? 'Scripts' : 'bin', isWindows ? 'python.exe' : 'python')
  return once(folder, packages, bin, async () => {
    const python = process.env['PYTHON'] ?? (isWindows ? 'python' : 'python3')
    await run(python, ['-c', 'import sys; assert sys.version_info >= (3, 10), "Python 3.10 or newer is needed, this is " + sys.version'], { timeout: 20_000 })
    await run(python, ['-m', 'venv', '--clear', join(folder, 'venv')], { timeout: 120_000 })
    await install(bin, packages)
  })
}

/** Programs that have tests of their own, too. */
const program = async (install: typeof installClaudeCode): Promise<Installed> => {
  const installed = await install()
  return installed.kind === 'ready' ? { kind: 'ready', path: installed.binary } : installed
}

/** Gigabytes, so only where somebody asked for it. */
const installGliner = (): Promise<Installed> => {
  const given = process.env['GLINER_PYTHON']
  if (given !== undefined) return Promise.resolve({ kind: 'ready', path: given })
  if (process.env['GLINER'] === 'install') return installPython('gliner', gliner)
  return Promise.resolve({ kind: 'unavailable', reason: 'PyTorch is not installed unasked: GLINER_PYTHON names an interpreter with gliner[serve], or GLINER=install gets it' })
}

/** The project's own development dependencies hold the two SDKs. */
const own = (): Promise<Installed> => Promise.resolve({ kind: 'ready', path: resolve(import.meta.dirname, '../../node_modules') })

const installers = {
  own,
  claude: () => program(installClaudeCode),
  codex: () => program(installCodex),
  npm: () => installNpm('npm-clients', npmClients, false),
  agentSdk: () => installNpm('claude-agent-sdk', agentSdk, true),
  python: () => installPython('python-clients', pythonClients),
  litellm: () => installPython('litellm', litellm),
  presidio: () => installPython('presidio', presidio),
  pictures: () => installPython('pictures', pictures),
  gliner: installGliner,
} as const
export type ClientSet = keyof typeof installers

const known = new Map<ClientSet, Promise<Installed>>()

/** Installs a set of clients unless it is there. */
export const install = (set: ClientSet): Promise<Installed> => {
  let installed = known.get(set)
  if (installed === undefined) known.set(set, installed = installers[set]())
  return installed
}
