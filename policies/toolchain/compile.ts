// Compiles Rego to a bundle with real OPA: checked strictly against the schema of facts and the builtins that the gateway provides.
import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve, sep } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import type { PolicyBundle } from '../engine/bundle.ts'
import { PolicyError } from '../engine/policy-error.ts'
import { untar } from '../engine/untar.ts'
import { inputsOf } from './inputs-of.ts'
import { opaVersion } from './find-opa.ts'

export const regoFolder = resolve(import.meta.dirname, '../rego')
const schema = join(regoFolder, 'facts.schema.json')
const capabilities = join(regoFolder, 'capabilities.json')
export const entrypoint = 'portcullis/main/decision'

const run = promisify(execFile)

/** Runs OPA; its own message is what the author of a policy needs to see. @throws PolicyError */
export const runOpa = async (opa: string, args: readonly string[]): Promise<string> => {
  try {
    return (await run(opa, [...args], { maxBuffer: 1 << 26, cwd: regoFolder })).stdout
  } catch (cause) {
    const { stderr = '', stdout = '', message = '' } = cause as { stderr?: string; stdout?: string; message?: string }
    throw new PolicyError('compile', (stderr + stdout).trim() || message, cause)
  }
}

const isRego = (file: string): boolean => file.endsWith('.rego') && !file.endsWith('_test.rego')

/** Links are followed, each folder once: rules that lie behind one are meant as much as the others. */
const below = (folder: string, seen: Set<string>): string[] => {
  const real = realpathSync(folder)
  if (seen.has(real)) return []
  seen.add(real)
  return readdirSync(folder).sort().flatMap(name => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? below(path, seen) : isRego(name) ? [path] : []
  })
}

const regoAt = (path: string): string[] => {
  let found: string[]
  try {
    found = statSync(path).isDirectory() ? below(path, new Set()).sort() : [path]
  } catch (cause) {
    throw new PolicyError('compile', `${path}: cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'}); policy.rego names folders or files of Rego`, cause)
  }
  // Rules that are not found must not be rules that do not exist: without them more would be allowed.
  if (found.length === 0) throw new PolicyError('compile', `${path}: there is no .rego file in it (tests do not count)`)
  return found
}

/** Rego files at and below these paths, tests left out, in a stable order. @throws PolicyError for a path that holds none */
export const regoFiles = (paths: readonly string[]): string[] => paths.flatMap(regoAt)

/** `opa check`: strict mode, facts schema, provided builtins. */
export const checkRego = (opa: string, folders: readonly string[]): Promise<string> =>
  runOpa(opa, ['check', '--strict', '--schema', schema, '--capabilities', capabilities, ...folders.flatMap(folder => regoFiles([folder]))])

/** OPA writes file names into what it builds: the library's must not depend on where it was checked out. */
const asBuilt = (file: string): string => file.startsWith(regoFolder + sep) ? relative(regoFolder, file) : file

/**
 * Compiles the shipped library together with folders of one's own.
 * @throws PolicyError with OPA's own message
 */
export const compilePolicy = async (folders: readonly string[], opa: string): Promise<PolicyBundle> => {
  const files = regoFiles([regoFolder, ...folders])
  await checkRego(opa, [regoFolder, ...folders])
  const scratch = mkdtempSync(join(tmpdir(), 'portcullis-policy-'))
  try {
    const archive = join(scratch, 'bundle.tar.gz')
    await runOpa(opa, ['build', '-t', 'wasm', '-e', entrypoint, '--capabilities', capabilities, '-o', archive, ...files.map(asBuilt)])
    const wasm = untar(gunzipSync(readFileSync(archive))).get('policy.wasm')
    if (wasm === undefined) throw new PolicyError('compile', 'opa build made no policy.wasm')
    const sources = files.map(file => hash('sha256', readFileSync(file))).join(' ')
    return {
      wasm: new Uint8Array(wasm),
      manifest: { revision: hash('sha256', `${hash('sha256', wasm)} ${sources}`), entrypoint, inputs: await inputsOf(files, file => runOpa(opa, ['parse', '--format', 'json', file])), opa: opaVersion },
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
