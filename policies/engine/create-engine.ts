// The policy engine: one compiled bundle with its data, in this process. One instance is one generation; evaluation is pure, so equal
// facts are remembered for as long as it lives.
import { hash } from 'node:crypto'
import { loadPolicy, type LoadedPolicy } from '@open-policy-agent/opa-wasm'
import type { PolicyBundle } from './bundle.ts'
import type { Decision, Facts, PolicyEngine } from './contract.ts'
import { readDecision } from './decision-shape.ts'
import { PolicyError } from './policy-error.ts'
import { projection } from './project.ts'
import type { Settings } from './settings.ts'

export interface EngineOptions {
  /** Every layer observes: `portcullis start --observe`. */
  readonly observeAll?: boolean
  /** Decisions remembered at most; 0 remembers none. */
  readonly remembered?: number
}

/** Builtins whose answer may differ from call to call: a bundle that uses one is evaluated every time. */
const impure = /^(?:time\.now_ns|rand\.|uuid\.|opa\.runtime|http\.|net\.)/
/** Imported builtins that this process offers (besides those that are compiled into the WebAssembly). */
const provided: Readonly<Record<string, (...args: never[]) => unknown>> = {}
const shippedByRunner = new Set([
  'sprintf', 'json.is_valid', 'yaml.is_valid', 'yaml.marshal', 'yaml.unmarshal', 'regex.split', 'regex.globs_match', 'indexof_n', 'json.marshal', 'trace', 'print',
])

interface Loaded {
  readonly wasmInstance: { readonly exports: { builtins(): number; opa_json_dump(address: number): number } }
  readonly mem: { readonly buffer: ArrayBuffer }
}

/** Names that the module imports, from its own table (the WebAssembly ABI's `builtins` export). */
const importedBuiltins = (policy: LoadedPolicy): string[] => {
  const { wasmInstance: { exports }, mem } = policy as unknown as Loaded
  const at = exports.opa_json_dump(exports.builtins())
  const bytes = Buffer.from(mem.buffer)
  return Object.keys(JSON.parse(bytes.toString('utf8', at, bytes.indexOf(0, at))) as Record<string, number>)
}

const checkBuiltins = (needed: readonly string[]): void => {
  const missing = needed.filter(name => !(name in provided) && !shippedByRunner.has(name))
  if (missing.length === 0) return
  throw new PolicyError('load', `the policy needs builtins that this gateway does not provide: ${missing.join(', ')}; see policies/rego/capabilities.json`)
}

const loadWasm = async (bundle: PolicyBundle): Promise<LoadedPolicy> => {
  try {
    return await loadPolicy(bundle.wasm, { initial: 5, maximum: 1024 }, provided)
  } catch (cause) {
    throw new PolicyError('load', `the policy's WebAssembly cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
  }
}

const observing = { organisation: 'observe', tenant: 'observe', application: 'observe' }

/**
 * Makes an engine from a bundle and the operator's settings.
 * @throws PolicyError when the bundle does not load or asks for what is not there
 */
export const createEngine = async (bundle: PolicyBundle, settings: Settings, options: EngineOptions = {}): Promise<PolicyEngine> => {
  const policy = await loadWasm(bundle)
  const needed = importedBuiltins(policy)
  checkBuiltins(needed)
  const { entrypoint, inputs } = bundle.manifest
  const entrypoints = policy.entrypoints as Record<string, number>
  const entry = entrypoints[entrypoint]
  if (entry === undefined) throw new PolicyError('load', `the bundle has no entrypoint ${entrypoint}; it has ${Object.keys(entrypoints).join(', ')}`)
  const data = options.observeAll === true ? { ...settings, layers: observing } : settings
  policy.setData({ portcullis_settings: data })
  const revision = hash('sha256', `${bundle.manifest.revision} ${hash('sha256', bundle.wasm)} ${JSON.stringify(data)}`).slice(0, 16)
  const memory = needed.some(name => impure.test(name)) ? 0 : options.remembered ?? 10_000
  return new Engine(policy, { entry, revision, remembered: memory, write: projection(inputs) })
}

class Engine implements PolicyEngine {
  readonly revision: string
  readonly #policy: LoadedPolicy
  readonly #entry: number
  readonly #write: (facts: Facts) => string
  readonly #limit: number
  readonly #known = new Map<string, Decision>()

  constructor(policy: LoadedPolicy, init: { entry: number; revision: string; remembered: number; write: (facts: Facts) => string }) {
    this.#policy = policy
    this.#entry = init.entry
    this.revision = init.revision
    this.#limit = init.remembered
    this.#write = init.write
  }

  decide(facts: Facts): Decision {
    const input = this.#write(facts)
    const known = this.#known.get(input)
    if (known !== undefined) return known
    const decision: Decision = Object.freeze({ ...readDecision(this.#evaluate(input)), revision: this.revision, remembered: false })
    this.#remember(input, Object.freeze({ ...decision, remembered: true }))
    return decision
  }

  #evaluate(input: string): unknown {
    let results: unknown
    try {
      const bytes = new TextEncoder().encode(input)
      results = this.#policy.evaluate(bytes.buffer, this.#entry)
    } catch (cause) {
      throw new PolicyError('evaluate', `the policy failed: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
    }
    const first: unknown = Array.isArray(results) ? results[0] : undefined
    if (typeof first !== 'object' || first === null || !('result' in first)) throw new PolicyError('contract', 'the policy gave no decision')
    return first.result
  }

  // Forgets the older half at once instead of one by one: the map stays cheap, and a caller who varies arguments only costs evaluations.
  #remember(input: string, decision: Decision): void {
    if (this.#limit === 0) return
    if (this.#known.size >= this.#limit) {
      let surplus = this.#limit >> 1
      for (const key of this.#known.keys()) {
        if (surplus === 0) break
        surplus -= 1
        this.#known.delete(key)
      }
    }
    this.#known.set(input, decision)
  }
}
