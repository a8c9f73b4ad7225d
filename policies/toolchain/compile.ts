// Compiles Rego to a bundle with real OPA: checked strictly against the schema of facts and the builtins that the gateway provides.
import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
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

/** Rego files below the folders, tests left out, in a stable order. */
export const regoFiles = (folders: readonly string[]): string[] => folders.flatMap(folder =>
  globSync('**/*.rego', { cwd: folder }).filter(file => !file.endsWith('_test.rego')).sort().map(file => join(folder, file)))

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
