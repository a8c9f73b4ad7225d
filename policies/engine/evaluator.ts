// Runs a compiled policy: text of the facts in, text of the answer out. Nothing is parsed here, because equal answers need to be read only
// once. It speaks the WebAssembly interface of OPA directly (ABI 1.2: opa_eval); the runner from npm loads the module and its builtins.
import * as opaWasm from '@open-policy-agent/opa-wasm'
import { PolicyError } from './policy-error.ts'

const pageBytes = 65_536

interface Memory { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => number }

interface Exports {
  readonly builtins: () => number
  readonly opa_json_dump: (address: number) => number
  /** reserved, entrypoint, data, input, input length, heap, output format (0: JSON text, ends with a zero byte). */
  readonly opa_eval: (...args: [number, number, number, number, number, number, number]) => number
}

/** What the runner keeps of a loaded policy; its types leave it out. */
interface Loaded {
  readonly minorVersion: number
  readonly entrypoints: Readonly<Record<string, number>>
  readonly wasmInstance: { readonly exports: Exports }
  readonly mem: Memory
  readonly dataAddr: number
  readonly dataHeapPtr: number
  readonly setData: (data: object) => void
}

/** The package's types describe its CommonJS face; what an import gives has everything below `default`. */
const { loadPolicySync } = (opaWasm as unknown as { readonly default: { readonly loadPolicySync: (module: object, memory: object) => Loaded } }).default

export interface Evaluator {
  /** Entrypoints by path. */
  readonly entrypoints: Readonly<Record<string, number>>
  /** Builtins that are not compiled into the policy. */
  readonly builtins: readonly string[]
  /** @throws PolicyError "evaluate" */
  readonly evaluate: (input: string, entrypoint: number) => string
}

/** The types of Node.js leave WebAssembly out. */
declare const WebAssembly: { readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object }

// OPA aborts with a text, and the runner throws plain objects with a message.
const messageOf = (cause: unknown): string =>
  typeof cause === 'object' && cause !== null && 'message' in cause ? String(cause.message) : String(cause)

/** Text in the policy's memory up to the zero byte. */
const textAt = (memory: Memory, address: number): string => {
  const bytes = Buffer.from(memory.buffer)
  return bytes.toString('utf8', address, bytes.indexOf(0, address))
}

const encoder = new TextEncoder()

/** Half a surrogate pair has no UTF-8. OPA's own reader puts U+FFFD in its place; the WebAssembly's would fail. */
const wellFormed = (json: string): string => json.includes('\\ud')
  ? json.replace(/\\(?:\\|ud[89a-f][0-9a-f]{2})/g, escaped => escaped === '\\\\' ? escaped : '\\ufffd')
  : json

/** Writes text where the next evaluation expects its input, and says how long it is. The heap of the evaluation starts behind it. */
const writeInput = ({ mem, dataHeapPtr }: Loaded, input: string): number => {
  const text = wellFormed(input)
  // Three bytes a UTF-16 unit is the most that UTF-8 takes.
  const missing = dataHeapPtr + text.length * 3 - mem.buffer.byteLength
  if (missing > 0) mem.grow(Math.ceil(missing / pageBytes))
  return encoder.encodeInto(text, new Uint8Array(mem.buffer, dataHeapPtr)).written
}

const evaluateIn = (loaded: Loaded, input: string, entrypoint: number): string => {
  const { mem, dataAddr, dataHeapPtr, wasmInstance: { exports } } = loaded
  const length = writeInput(loaded, input)
  return textAt(mem, exports.opa_eval(0, entrypoint, dataAddr, dataHeapPtr, length, dataHeapPtr + length, 0))
}

/**
 * Loads a policy together with its data.
 * @throws PolicyError "load"
 */
export const createEvaluator = (wasm: Uint8Array<ArrayBuffer>, data: object): Evaluator => {
  const start = (module: object): Loaded => {
    const loaded = loadPolicySync(module, { initial: 5, maximum: 1024 })
    if (loaded.minorVersion < 2) throw new PolicyError('load', 'the policy was compiled by an OPA that is too old; WebAssembly ABI 1.2 is needed')
    loaded.setData(data)
    return loaded
  }
  try {
    const module = new WebAssembly.Module(wasm)
    let loaded = start(module)
    const { mem, wasmInstance: { exports } } = loaded
    return {
      entrypoints: loaded.entrypoints,
      builtins: Object.keys(JSON.parse(textAt(mem, exports.opa_json_dump(exports.builtins()))) as Record<string, number>),
      evaluate: (input, entrypoint) => {
        try {
          return evaluateIn(loaded, input, entrypoint)
        } catch (cause) {
          // What broke off in the middle leaves stack and memory in a state that nobody knows: the next evaluation starts afresh.
          loaded = start(module)
          throw new PolicyError('evaluate', `the policy failed: ${messageOf(cause)}`, cause)
        }
      },
    }
  } catch (cause) {
    if (cause instanceof PolicyError) throw cause
    throw new PolicyError('load', `the policy's WebAssembly cannot be loaded: ${messageOf(cause)}`, cause)
  }
}
