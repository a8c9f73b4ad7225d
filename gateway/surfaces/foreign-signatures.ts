// Signatures bind reasoning to the provider whose model wrote it. Where one travels in another dialect it is marked with the dialect that it
// is from: so it comes home when the history is sent there again, and no other provider is shown it. Without a mark it is Anthropic's.
import type { Dialect } from '../exchange/operation.ts'

const mark = 'portcullis.'

/** A signature of another dialect than Anthropic's, as it travels. */
export const markSignature = (by: Dialect, signature: string): string => `${mark}${by}.${signature}`

/** True for what no Anthropic model has signed. */
export const isMarked = (signature: string): boolean => signature.startsWith(mark)

/** The signature as its own provider knows it; null where another one gave it. */
export const signatureBy = (by: Dialect, signature: string | null | undefined): string | null => {
  if (signature === null || signature === undefined || signature === '') return null
  const own = `${mark}${by}.`
  if (signature.startsWith(own)) return signature.slice(own.length)
  return by === 'anthropic' && !isMarked(signature) ? signature : null
}
