// Puts functions into a module of WebAssembly: its sections, in the order of the specification.
import { size, sorts, type Code, type I32, type Variables } from './wasm-code.ts'

export interface WasmFunction {
  readonly name: string
  /** How many of its variables it is called with; all of these are 32 bits wide. */
  readonly parameters: number
  readonly variables: Variables
  readonly body: readonly Code[]
  /** What it gives back. */
  readonly result: I32
}

const list = (items: readonly Code[]): Code => [...size(items.length), ...items.flat()]
const section = (id: number, items: readonly Code[]): Code => {
  const content = list(items)
  return [id, ...size(content.length), ...content]
}
const text = (value: string): Code => list(Array.from(Buffer.from(value), byte => [byte]))

const codeOf = ({ body, parameters, result, variables }: WasmFunction): Code => {
  const code = [...list(variables.all.slice(parameters).map(sort => [1, sort])), ...body.flat(), ...result.code, 0x0B]
  return [...size(code.length), ...code]
}

/** The bytes of a module with these functions that works on the memory it is given as `env.memory`. */
export const moduleOf = (functions: readonly WasmFunction[]): Uint8Array => new Uint8Array([
  0x00, 0x61, 0x73, 0x6D, 1, 0, 0, 0,
  ...section(1, functions.map(({ parameters }) => [0x60, ...list(new Array<Code>(parameters).fill([sorts.int])), 1, sorts.int])),
  ...section(2, [[...text('env'), ...text('memory'), 0x02, 0x00, 1]]),
  ...section(3, functions.map((_, index) => size(index))),
  ...section(7, functions.map(({ name }, index) => [...text(name), 0x00, ...size(index)])),
  ...section(10, functions.map(codeOf)),
])
