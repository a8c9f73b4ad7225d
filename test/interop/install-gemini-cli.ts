// Gets the pinned Gemini CLI and Google's own SDK into the user's cache folder: 100 and 30 MB, never a dependency, never in node_modules.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Exact: what they ask of a gateway changes between versions, and gemini-cli.test.ts says what these ask. */
export const geminiCliVersion = '0.61.0'
export const geminiSdkVersion = '3.3.0'

export type InstalledGemini = { readonly kind: 'ready'; readonly cli: string; readonly sdk: string } | { readonly kind: 'unavailable'; readonly reason: string }

const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'portcullis', `gemini-cli-${geminiCliVersion}-genai-${geminiSdkVersion}`)
const modules = join(folder, 'node_modules')
const ready: InstalledGemini = { kind: 'ready', cli: join(modules, '@google/gemini-cli/bundle/gemini.js'), sdk: join(modules, '@google/genai/dist/node/index.mjs') }

/** Installs them unless they are there. No script of a package runs. */
export const installGemini = async (): Promise<InstalledGemini> => {
  if (existsSync(ready.cli) && existsSync(ready.sdk)) return ready
  const packages = [`@google/gemini-cli@${geminiCliVersion}`, `@google/genai@${geminiSdkVersion}`]
  try {
    await promisify(execFile)('npm', ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--omit=optional', ...packages], { timeout: 120_000, shell: process.platform === 'win32' })
  } catch (error) {
    return { kind: 'unavailable', reason: `npm could not install ${packages.join(' and ')}: ${(error instanceof Error ? error.message : String(error)).slice(0, 300)}` }
  }
  return existsSync(ready.cli) && existsSync(ready.sdk) ? ready : { kind: 'unavailable', reason: `${packages.join(' and ')} are not where they were expected` }
}
