// Embeddings on the wire. Vectors are made from a hash of the text: equal texts, equal vectors, and nothing more is promised.
import { hash } from 'node:crypto'
import { z } from 'zod'
import { tokensOf } from './asked.ts'
import { refuseShape } from './openai-request.ts'

const tokens = z.array(z.int()).min(1)
const requestSchema = z.strictObject({
  model: z.string().min(1),
  input: z.union([z.string().min(1), z.array(z.string().min(1)).min(1), tokens, z.array(tokens).min(1)]),
  encoding_format: z.enum(['float', 'base64']).default('float'),
  dimensions: z.int().min(1).max(3072).default(8),
  user: z.string().optional(),
})

const vectorOf = (text: string, dimensions: number): Float32Array => {
  const bytes = hash('sha256', text, 'buffer')
  return Float32Array.from({ length: dimensions }, (_, at) => ((bytes[at % bytes.length] ?? 0) - 127.5) / 127.5)
}

/** Answers an embeddings body. @throws Refusal with the API's own complaint */
export const embed = (body: unknown): string => {
  const parsed = requestSchema.safeParse(body)
  const request = parsed.success ? parsed.data : refuseShape(parsed.error)
  const { input } = request
  const inputs: readonly unknown[] = typeof input === 'string' || typeof input[0] === 'number' ? [input] : input
  const texts = inputs.map(item => typeof item === 'string' ? item : JSON.stringify(item))
  const promptTokens = tokensOf(texts.join(''))
  return JSON.stringify({
    object: 'list',
    data: texts.map((item, index) => {
      const vector = vectorOf(item, request.dimensions)
      return { object: 'embedding', index, embedding: request.encoding_format === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector] }
    }),
    model: request.model,
    usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
  })
}
