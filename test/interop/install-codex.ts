// Gets the pinned Codex into the user's cache folder. It is 424 MB and under its own licence: never a dependency, never in node_modules.
import { execFile } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Installed } from './install-claude-code.ts'

/** Exact: what it asks of a gateway changes between versions, and codex.test.ts says what this one asks. */
export const codexVersion = '0.171.0'

const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'portcullis', `codex-${codexVersion}`)

const find = (): string | undefined => globSync(join(folder, 'node_modules/@openai/codex-*/vendor/*/bin', process.platform === 'win32' ? 'codex.exe' : 'codex'))[0]

/** Installs it unless it is there. No script of the package runs: the platform package holds the program itself. */
export const installCodex = async (): Promise<Installed> => {
  const known = find()
  if (known !== undefined) return { kind: 'ready', binary: known }
  const args = ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', `@openai/codex@${codexVersion}`]
  try {
    await promisify(execFile)('npm', args, { timeout: 180_000, shell: process.platform === 'win32' })
  } catch (error) {
    return { kind: 'unavailable', reason: `npm could not install Codex ${codexVersion}: ${(error instanceof Error ? error.message : String(error)).slice(0, 300)}` }
  }
  const binary = find()
  return binary !== undefined && existsSync(binary) ? { kind: 'ready', binary } : { kind: 'unavailable', reason: `Codex ${codexVersion} has no build for ${process.platform}-${process.arch}` }
}
