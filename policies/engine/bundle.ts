// A compiled policy as it lies on disk: WebAssembly and a manifest that says what it was made from and what it asks for.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import { PolicyError } from './policy-error.ts'
import { untar } from './untar.ts'

export const manifestSchema = z.object({
  revision: z.string().describe('SHA-256 over the Rego sources and the WebAssembly.'),
  entrypoint: z.string().describe('Rule that decides, as a path.'),
  inputs: z.array(z.string()).min(1).describe('Paths below input that the Rego refers to; nothing else is handed to it.'),
  opa: z.string().describe('Version of OPA that compiled it.'),
})
export type Manifest = z.infer<typeof manifestSchema>

export interface PolicyBundle { readonly wasm: Uint8Array<ArrayBuffer>; readonly manifest: Manifest }

/** Everything, for bundles that do not say what they read. */
export const wholeInput = ['']

const parseManifest = (text: string, from: string): Manifest => {
  try {
    return manifestSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new PolicyError('load', `${from}: the manifest is not one of ours`, cause)
  }
}

const own = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes)

const fromArchive = (path: string): PolicyBundle => {
  const files = untar(gunzipSync(readFileSync(path)))
  const wasm = files.get('policy.wasm')
  if (wasm === undefined) throw new PolicyError('load', `${path}: there is no policy.wasm in it; build it with \`opa build -t wasm -e portcullis/main/decision\``)
  const manifest = files.get('manifest.json')
  return {
    wasm: own(wasm),
    manifest: manifest !== undefined ? parseManifest(manifest.toString('utf8'), path) : { revision: '', entrypoint: 'portcullis/main/decision', inputs: wholeInput, opa: 'unknown' },
  }
}

/** Reads a bundle: a folder with policy.wasm and manifest.json, or a .tar.gz as `opa build` makes it. @throws PolicyError */
export const loadBundle = (path: string): PolicyBundle => {
  try {
    if (/\.(?:tar\.gz|tgz)$/.test(path)) return fromArchive(path)
    return { wasm: own(readFileSync(join(path, 'policy.wasm'))), manifest: parseManifest(readFileSync(join(path, 'manifest.json'), 'utf8'), path) }
  } catch (cause) {
    if (cause instanceof PolicyError) throw cause
    throw new PolicyError('load', `${path}: the policy bundle cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
  }
}
