// The policy engine: one compiled bundle with its data, in this process. One instance is one generation; evaluation is pure, so equal
// facts are remembered for as long as it lives.
import { hash } from 'node:crypto'
import { createBoundedMemory, type BoundedMemory } from './bounded-memory.ts'
import type { PolicyBundle } from './bundle.ts'
import type { Decision, Facts, PolicyEngine } from './contract.ts'
import { readAnswer } from './decision-shape.ts'
import { createEvaluator } from './evaluator.ts'
import { plainPatterns } from './plain-patterns.ts'
import { PolicyError } from './policy-error.ts'
import { projection } from './project.ts'
import type { Settings } from './settings.ts'

export interface EngineOptions {
  /** Every layer observes: `portcullis start --observe`. */
  readonly observeAll?: boolean
  /** What is done about definitions that are not the approved ones; policies see it as data.portcullis_pinning. */
  readonly pinning?: object
  /** Decisions remembered at most; 0 remembers none. */
  readonly remembered?: number
}

/**
 * Builtins that the runner from npm brings along (besides those that are compiled into the WebAssembly). None of them asks the clock, chance or
 * the network: decisions could not be remembered otherwise.
 */
const provided = new Set(['sprintf', 'json.is_valid', 'yaml.is_valid', 'yaml.marshal', 'yaml.unmarshal', 'regex.split'])

const checkBuiltins = (needed: readonly string[]): void => {
  const missing = needed.filter(name => !provided.has(name))
  if (missing.length === 0) return
  throw new PolicyError('load', `the policy needs builtins that this gateway does not provide: ${missing.join(', ')}; see policies/rego/capabilities.json`)
}

const observing = { organisation: 'observe', tenant: 'observe', application: 'observe' } as const

/**
 * Makes an engine from a bundle and the operator's settings.
 * @throws PolicyError when the bundle does not load or asks for what is not there
 */
export const createEngine = (bundle: PolicyBundle, settings: Settings, options: EngineOptions = {}): PolicyEngine => {
  const { pinning } = options
  const data = options.observeAll === true ? { ...settings, layers: observing } : settings
  const evaluator = createEvaluator(bundle.wasm, {
    portcullis_settings: data, portcullis_patterns: plainPatterns(data), ...pinning === undefined ? {} : { portcullis_pinning: pinning },
  })
  checkBuiltins(evaluator.builtins)
  const { entrypoint, inputs } = bundle.manifest
  const entry = evaluator.entrypoints[entrypoint]
  if (entry === undefined) throw new PolicyError('load', `the bundle has no entrypoint ${entrypoint}; it has ${Object.keys(evaluator.entrypoints).join(', ')}`)
  return new Engine({
    revision: hash('sha256', `${bundle.manifest.revision} ${hash('sha256', bundle.wasm)} ${JSON.stringify(data)}${pinning === undefined ? '' : JSON.stringify(pinning)}`).slice(0, 16),
    write: projection(inputs),
    evaluate: input => evaluator.evaluate(input, entry),
    remembered: options.remembered ?? 10_000,
  })
}

interface EngineParts {
  readonly revision: string
  readonly write: (facts: Facts) => string
  readonly evaluate: (input: string) => string
  readonly remembered: number
}

/** Different facts mostly get the same few answers; what was read and found to be within the contract once needs no second look. */
const answersKept = 1000

/** The decision that an answer stands for, as evaluated and as remembered; one object each, so that what is derived from it is made once. */
interface Said { readonly first: Decision; readonly again: Decision }

class Engine implements PolicyEngine {
  readonly revision: string
  readonly #parts: EngineParts
  readonly #decisions: BoundedMemory<Decision>
  readonly #answers = createBoundedMemory<Said>(answersKept)

  constructor(parts: EngineParts) {
    this.revision = parts.revision
    this.#parts = parts
    this.#decisions = createBoundedMemory(parts.remembered)
  }

  decide(facts: Facts): Decision {
    const input = this.#write(facts)
    const known = this.#decisions.get(input)
    if (known !== undefined) return known
    const { first, again } = this.#read(this.#parts.evaluate(input))
    this.#decisions.put(input, again)
    return first
  }

  #write(facts: Facts): string {
    try {
      return this.#parts.write(facts)
    } catch (cause) {
      // Arguments may be nested deeper than the stack reaches.
      throw new PolicyError('evaluate', 'the facts cannot be written as JSON', cause)
    }
  }

  #read(answer: string): Said {
    const known = this.#answers.get(answer)
    if (known !== undefined) return known
    const said = readAnswer(answer)
    const made = {
      first: Object.freeze({ ...said, revision: this.revision, remembered: false }), again: Object.freeze({ ...said, revision: this.revision, remembered: true }),
    }
    this.#answers.put(answer, made)
    return made
  }
}
