// Gets the pinned Claude Code into the user's cache folder. It is 364 MB and under its own licence: never a dependency, never in node_modules.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Exact: what it asks of a gateway changes between versions, and claude-code.test.ts says what this one asks. */
export const claudeCodeVersion = '2.1.330'

export type Installed = { readonly kind: 'ready'; readonly binary: string } | { readonly kind: 'unavailable'; readonly reason: string }

const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'portcullis', `claude-code-${claudeCodeVersion}`)
const binary = join(folder, 'node_modules', '@anthropic-ai', `claude-code-${process.platform}-${process.arch}`, process.platform === 'win32' ? 'claude.exe' : 'claude')

/** Installs it unless it is there. No script of the package runs: the platform package holds the program itself. */
export const installClaudeCode = async (): Promise<Installed> => {
  if (existsSync(binary)) return { kind: 'ready', binary }
  const args = ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', `@anthropic-ai/claude-code@${claudeCodeVersion}`]
  try {
    await promisify(execFile)('npm', args, { timeout: 90_000, shell: process.platform === 'win32' })
  } catch (error) {
    return { kind: 'unavailable', reason: `npm could not install Claude Code ${claudeCodeVersion}: ${(error instanceof Error ? error.message : String(error)).slice(0, 300)}` }
  }
  return existsSync(binary) ? { kind: 'ready', binary } : { kind: 'unavailable', reason: `Claude Code ${claudeCodeVersion} has no build for ${process.platform}-${process.arch}` }
}
