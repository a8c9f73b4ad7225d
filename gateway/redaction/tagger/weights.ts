// What the tagger has learnt, as one file: a JSON head, a line feed, a signed byte for each bucket and tag, then the bits of the lexicon. Read once,
// kept for the process.
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { buckets, tags } from './features.ts'
import { lexiconBits } from './lexicon.ts'
import { weightCount, type Model } from './tagger.ts'

const headSchema = z.strictObject({
  format: z.literal(1), buckets: z.literal(buckets), tags: z.tuple(tags.map(tag => z.literal(tag)) as unknown as [z.ZodLiteral<string>]), lexicon_bits: z.literal(lexiconBits),
  /** Added to what speaks for no name. */
  bias: z.number(),
  /** Weight units that stand for one mistake of the training. */
  scale: z.number(),
  trained: z.strictObject({ seed: z.number(), passes: z.number(), sentences: z.record(z.string(), z.number()) }),
})
export type Head = z.infer<typeof headSchema>

export interface Trained extends Model { readonly head: Head; readonly version: string }

export const weightsFile = new URL('weights.bin', import.meta.url)

export const packTrained = (head: Head, weights: Int8Array, lexicon: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), Buffer.from(weights.buffer, weights.byteOffset, weights.byteLength), lexicon])

/** @throws where the file is not what this version writes */
export const unpackTrained = (file: Buffer): Trained => {
  const end = file.indexOf(10)
  const head = headSchema.parse(JSON.parse(file.toString('utf8', 0, end)))
  const body = file.subarray(end + 1)
  if (body.length !== weightCount + lexiconBits / 8) throw new Error(`the tagger's weights are ${body.length} bytes long, not ${weightCount + lexiconBits / 8}`)
  const bytes = new Uint8Array(body)
  return { head, version: hash('sha256', file).slice(0, 12), weights: new Int8Array(bytes.buffer, 0, weightCount), lexicon: bytes.subarray(weightCount) }
}

let known: Trained | undefined

/** @throws where the file is not what this version writes */
export const trainedTagger = (): Trained => known ??= unpackTrained(readFileSync(weightsFile))
