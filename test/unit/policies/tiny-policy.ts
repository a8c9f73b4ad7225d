// Assembles a WebAssembly policy that answers one fixed text, so that tests can show the engine answers that no sane policy gives.
// It speaks the same interface (OPA's ABI) as compiled Rego, and needs no OPA to make.
import type { Manifest, PolicyBundle } from '../../../policies/engine/bundle.ts'

export interface TinyPolicy {
  /** What opa_eval leaves in memory; null: the evaluation traps. */
  readonly answer: string | null
  /** Names that the module says it imports. */
  readonly builtins?: readonly string[]
  readonly entrypoint?: string
  readonly abiMinor?: number
  /** Paths that the manifest lists. */
  readonly inputs?: readonly string[]
}

const leb = (value: number): number[] => {
  const rest = value >> 7
  const low = value & 0x7f
  return (rest === 0 && (low & 0x40) === 0) ? [low] : [low | 0x80, ...leb(rest)]
}

const text = (value: string): number[] => { const bytes = [...Buffer.from(value, 'utf8')]; return [...leb(bytes.length), ...bytes] }
const vector = (items: readonly (readonly number[])[]): number[] => [...leb(items.length), ...items.flat()]
const section = (id: number, content: readonly number[]): number[] => [id, ...leb(content.length), ...content]

const i32 = 0x7f
const constant = (value: number): number[] => [0x41, ...leb(value)]
const unreachable = [0x00]
/** Parameters and results of the functions below, by index. */
const types = [[0x60, 0, 1, i32], [0x60, 1, i32, 1, i32], [0x60, 1, i32, 0], [0x60, 2, i32, i32, 1, i32], [0x60, 7, i32, i32, i32, i32, i32, i32, i32, 1, i32]]

/** Where things lie in memory; data and input are written below the texts. */
const at = { data: 4096, heap: 65_536, builtins: 131_072, entrypoints: 140_000, answer: 150_000 }

const functions = (answer: string | null): readonly { name: string; type: number; body: readonly number[] }[] => [
  { name: 'builtins', type: 0, body: constant(at.builtins) },
  { name: 'entrypoints', type: 0, body: constant(at.entrypoints) },
  { name: 'opa_json_dump', type: 1, body: [0x20, 0] },
  { name: 'opa_malloc', type: 1, body: constant(at.data) },
  { name: 'opa_json_parse', type: 3, body: constant(16) },
  { name: 'opa_heap_ptr_get', type: 0, body: constant(at.heap) },
  { name: 'opa_heap_ptr_set', type: 2, body: [0x01] },
  { name: 'opa_eval', type: 4, body: answer === null ? unreachable : constant(at.answer) },
]

const indexed = (names: readonly string[]): string => JSON.stringify(Object.fromEntries(names.map((name, index) => [name, index])))

/** A bundle of it, as loadBundle would give. */
export const tinyBundle = (policy: TinyPolicy): PolicyBundle => {
  const entrypoint = policy.entrypoint ?? 'portcullis/main/decision'
  const code = functions(policy.answer)
  const data = (address: number, content: string): number[] => [0, ...constant(address), 0x0b, ...text(`${content}\0`)]
  const wasm = [
    0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, vector(types)),
    ...section(2, vector([[...text('env'), ...text('memory'), 0x02, 0x00, 1]])),
    ...section(3, vector(code.map(({ type }) => [type]))),
    ...section(6, vector([1, policy.abiMinor ?? 3].map(value => [i32, 0, ...constant(value), 0x0b]))),
    ...section(7, vector([
      ...code.map(({ name }, index) => [...text(name), 0x00, ...leb(index)]),
      [...text('opa_wasm_abi_version'), 0x03, 0], [...text('opa_wasm_abi_minor_version'), 0x03, 1],
    ])),
    ...section(10, vector(code.map(({ body }) => { const full = [0, ...body, 0x0b]; return [...leb(full.length), ...full] }))),
    ...section(11, vector([data(at.builtins, indexed(policy.builtins ?? [])), data(at.entrypoints, indexed([entrypoint])), data(at.answer, policy.answer ?? '')])),
  ]
  const manifest: Manifest = { revision: 'tiny', entrypoint: 'portcullis/main/decision', inputs: [...policy.inputs ?? ['subject.id']], opa: 'none' }
  return { wasm: new Uint8Array(wasm), manifest }
}

/** Text of an answer that holds this decision. */
export const answering = (decision: unknown): string => JSON.stringify([{ result: decision }])

export const plainAllow = {
  result: 'allow', reasons: [{ rule: 'organisation.p.yes', message: 'yes' }],
  duties: { redact: [], restore: [], inspect: [], route: {}, limit: {}, label: [], notify: [] }, approval: null, observed: null,
}
