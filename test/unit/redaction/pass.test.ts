// The function that looks for places in texts is made of expressions when the process starts. Here: the numbers and the forms it is made of.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { asLongAs, int, long, size, Variables, when, type Code, type I32 } from '../../../gateway/redaction/pass/wasm-code.ts'
import { moduleOf } from '../../../gateway/redaction/pass/wasm-module.ts'

const { Instance, Memory, Module } = (globalThis as unknown as { readonly WebAssembly: {
  readonly Memory: new (size: { readonly initial: number }) => object
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, (...given: readonly number[]) => number>> }
} }).WebAssembly

interface Built { readonly body?: readonly Code[]; readonly result: I32 }

/** What a function gives back that is made of its variables. */
const run = (build: (variables: Variables) => Built, ...given: readonly number[]): number => {
  const variables = new Variables()
  const { body = [], result } = build(variables)
  const bytes = moduleOf([{ name: 'own', parameters: given.length, variables, body, result }])
  return new Instance(new Module(bytes), { env: { memory: new Memory({ initial: 1 }) } }).exports['own']!(...given) >>> 0
}

describe('code of WebAssembly that is made here', () => {
  test('numbers are read as they were written', () => {
    for (const value of [0, 1, 63, 64, 127, 128, 8191, 8192, 0x51011, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, -1, -64, -65]) assert.equal(run(() => ({ result: int(value) })), value >>> 0, String(value))
    for (const value of [0n, 1n, 63n, 64n, 1n << 31n, 1n << 32n, 1n << 63n, (1n << 64n) - 1n, 0x9E37_79B9_7F4A_7C15n]) {
      assert.equal(run(() => ({ result: long(value).int() })), Number(value & 0xFFFF_FFFFn), String(value))
      assert.equal(run(() => ({ result: long(value).right(32n).int() })), Number(value >> 32n), String(value))
    }
    assert.deepEqual([0, 127, 128, 300, 16_384].map(size), [[0], [127], [128, 1], [172, 2], [128, 128, 1]])
  })

  test('a loop runs as long as its condition holds, and a branch where it does', () => {
    const sumOfOdd = (variables: Variables): Built => {
      const [most, at, sum] = [variables.int(), variables.int(), variables.int()]
      return { body: [asLongAs(at.below(most), when(at.and(1), sum.to(sum.plus(at))), at.to(at.plus(1)))], result: sum }
    }
    for (const [most, sum] of [[0, 0], [1, 0], [2, 1], [10, 25], [1000, 250_000]] as const) assert.equal(run(sumOfOdd, most), sum)
  })

  test('of a set of bits the lowest, the highest and how many are told', () => {
    const of = (value: bigint): readonly number[] => [run(() => ({ result: long(value).zerosBelow().int() })), run(() => ({ result: long(value).zerosAbove().int() })), run(() => ({ result: long(value).ones().int() }))]
    for (const [value, told] of [[0n, [64, 64, 0]], [1n, [0, 63, 1]], [0b1011000n, [3, 57, 3]], [(1n << 64n) - 1n, [0, 0, 64]]] as const) assert.deepEqual(of(value), told, String(value))
  })
})
