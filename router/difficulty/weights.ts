// The trained weights as one file: a JSON head, a line feed, then one signed byte for each bucket and model. Read once, kept for the process.
import { readFileSync } from 'node:fs'
import { hash } from 'node:crypto'
import { z } from 'zod'
import { buckets } from './features.ts'

const headSchema = z.strictObject({
  format: z.literal(1),
  buckets: z.literal(buckets),
  /** Weight of a counted feature beside words, whose weights share a length of one. */
  counted: z.number(),
  models: z.array(z.strictObject({
    name: z.string(),
    bias: z.number(), scale: z.number(),
    /** Mean logit over the training prompts, and the share of them that it is predicted to answer rightly. */
    ability: z.number(), quality: z.number(),
  })).min(2),
  /** Ability of a model of which only its quality is known: `intercept + slope * logit(quality)`. */
  ability: z.strictObject({ intercept: z.number(), slope: z.number() }),
  trained: z.strictObject({ seed: z.number(), prompts: z.record(z.string(), z.number()) }),
})
export type WeightsHead = z.infer<typeof headSchema>

export interface Weights {
  /** First twelve hex digits of the file's SHA-256: stamped into records. */
  readonly version: string
  readonly head: WeightsHead
  /** Bucket by bucket, a byte for each model. */
  readonly bytes: Int8Array
}

export const packWeights = (head: WeightsHead, bytes: Int8Array): Buffer =>
  Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)])

/** @throws where the file is not what this version writes */
export const unpackWeights = (file: Buffer): Weights => {
  const end = file.indexOf(10)
  const head = headSchema.parse(JSON.parse(file.toString('utf8', 0, end)))
  const body = file.subarray(end + 1)
  if (body.length !== buckets * head.models.length) throw new Error(`the weights are ${body.length} bytes long, not ${buckets * head.models.length}`)
  return { version: hash('sha256', file).slice(0, 12), head, bytes: new Int8Array(body.buffer.slice(body.byteOffset, body.byteOffset + body.length)) }
}

export const weightsFile = new URL('weights.bin', import.meta.url)

export const readWeights = (): Weights => unpackWeights(readFileSync(weightsFile))
