// What the tagger has learnt, as one file: a JSON head, a line feed, then the tables in the order of `sections`. Read once, kept for the process.
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { tags } from './features.ts'
import { groupBuckets, groupCount } from './groups.ts'
import { lexiconBits } from './lexicon.ts'
import { buckets, weightsOfFeature, type Model } from './model.ts'
import { transitionCount } from './sequence.ts'
import { slotsOf } from './table.ts'

const headSchema = z.strictObject({
  format: z.literal(2), buckets: z.literal(buckets), group_buckets: z.literal(groupBuckets), tags: z.tuple(tags.map(tag => z.literal(tag)) as unknown as [z.ZodLiteral<string>]), lexicon_bits: z.literal(lexiconBits),
  /** Added to what speaks for no name. */
  bias: z.number(),
  /** Units of a weight that are one in the logarithm. */
  scale: z.number(),
  trained: z.strictObject({ seed: z.number(), passes: z.number(), sentences: z.record(z.string(), z.number()) }),
})
export type Head = z.infer<typeof headSchema>

export interface Trained extends Model { readonly head: Head; readonly version: string }

export const weightsFile = new URL('weights.bin', import.meta.url)

/** Bytes of each table, in their order. */
const sections = [slotsOf(buckets) * 2, slotsOf(buckets) * weightsOfFeature, transitionCount * 4, lexiconBits / 8, slotsOf(groupBuckets) * 2, slotsOf(groupBuckets), groupCount] as const

const bodyLength = sections.reduce((sum, length) => sum + length, 0)

const bytesOf = (table: Uint16Array | Float32Array | Int8Array | Uint8Array): Buffer => Buffer.from(table.buffer, table.byteOffset, table.byteLength)

export const packTrained = (head: Head, { checks, groups, lexicon, transitions, weights }: Omit<Model, 'scale'>): Buffer => Buffer.concat([
  Buffer.from(`${JSON.stringify(head)}\n`), bytesOf(checks), bytesOf(weights), bytesOf(Float32Array.from(transitions)), lexicon, bytesOf(groups.checks), groups.group, groups.wide,
])

/** @throws where the file is not what this version writes */
export const unpackTrained = (file: Buffer): Trained => {
  const end = file.indexOf(10)
  const head = headSchema.parse(JSON.parse(file.toString('utf8', 0, end)))
  const body = file.subarray(end + 1)
  if (body.length !== bodyLength) throw new Error(`the tagger's weights are ${body.length} bytes long, not ${bodyLength}`)
  let at = 0
  const [checks, weights, transitions, lexicon, groupChecks, group, wide] = sections.map(length => {
    const section = new Uint8Array(body.subarray(at, at + length))
    at += length
    return section
  }) as [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>, Uint8Array, Uint8Array<ArrayBuffer>, Uint8Array, Uint8Array]
  return {
    head, version: hash('sha256', file).slice(0, 12), scale: head.scale, checks: new Uint16Array(checks.buffer), weights: new Int8Array(weights.buffer), transitions: Float64Array.from(new Float32Array(transitions.buffer)), lexicon,
    groups: { checks: new Uint16Array(groupChecks.buffer), group, wide },
  }
}

let known: Trained | undefined

/** @throws where the file is not what this version writes */
export const trainedTagger = (): Trained => known ??= unpackTrained(readFileSync(weightsFile))
