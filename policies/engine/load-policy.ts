// From what the configuration names to a working engine: the shipped bundle, a bundle of one's own, or Rego that is compiled here.
import { resolve } from 'node:path'
import { findOpa, opaVersion } from '../toolchain/find-opa.ts'
import { compilePolicy } from '../toolchain/compile.ts'
import { loadBundle, type PolicyBundle } from './bundle.ts'
import type { PolicyEngine } from './contract.ts'
import { createEngine } from './create-engine.ts'
import { PolicyError } from './policy-error.ts'
import type { Settings } from './settings.ts'

export interface PolicySource {
  /** Folder or .tar.gz; null for the shipped bundle. */
  readonly bundle: string | null
  /** Folders of Rego to compile together with the shipped library. */
  readonly rego: readonly string[]
  readonly settings: Settings
  /** What is done about definitions that are not the approved ones. Without it the shipped policy trusts none of them. */
  readonly pinning?: object
  readonly observeAll: boolean
}

export const shippedBundle = resolve(import.meta.dirname, '../bundle')

const obtainBundle = async (source: PolicySource): Promise<PolicyBundle> => {
  if (source.rego.length === 0) return loadBundle(source.bundle ?? shippedBundle)
  const opa = await findOpa(process.env)
  if (opa === null) throw new PolicyError('compile', `policy.rego needs OPA ${opaVersion}, which is not here; run \`npm run policy\` once, or build a bundle elsewhere and name it in policy.bundle`)
  return compilePolicy(source.rego, opa)
}

/** @throws PolicyError */
export const loadPolicy = async (source: PolicySource): Promise<PolicyEngine> =>
  createEngine(await obtainBundle(source), source.settings, { observeAll: source.observeAll, ...source.pinning === undefined ? {} : { pinning: source.pinning } })
