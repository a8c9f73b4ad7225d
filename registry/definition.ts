// What a server says of one of its tools, prompts, templates or of itself, as something that can be compared and approved: the canonical
// text of it, and the digest of that text. Pure; who approved what is kept elsewhere (gateway/upstream/pins).
import { hash } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'

/** What is pinned. Single resources are not: they come and go with the data. */
export const pinnedKinds = ['tool', 'prompt', 'template', 'instructions'] as const
export type PinnedKind = (typeof pinnedKinds)[number]

export interface Definition {
  /** `sha256:…` over the canonical text. */
  readonly digest: string
  /** Canonical JSON (RFC 8785), and below it, one a line, the numbers that it cannot hold as they were written. */
  readonly text: string
  readonly value: unknown
}

/** A decimal number as digits and exponent, so that 1, 1.0 and 10e-1 are one and the same. */
const exactly = (written: string): string => {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(written) ?? []
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  let end = digits.length
  while (end > 0 && digits[end - 1] === '0') end -= 1
  if (end === 0) return '0'
  return `${sign}${digits.slice(0, end)}e${BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - end)}`
}

/** Node.js hands the text of a number to the reviver; the types do not know yet. */
type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown

/**
 * Reads the JSON text of a definition.
 * @param text as the server wrote it, already accepted by the strict reader: no key stands there twice
 */
export const readDefinition = (text: string): Definition => {
  // Two numbers that a double holds as one are two numbers to whoever reads the text; the digest must tell them apart.
  const inexact: string[] = []
  const value = parse(text, function (_key, found, { source }) {
    if (typeof found === 'number' && source !== undefined && source !== String(found) && exactly(source) !== exactly(String(found))) inexact.push(source)
    return found
  })
  const canonical = [canonicalJson(value), ...inexact].join('\n')
  return { digest: `sha256:${hash('sha256', canonical, 'hex')}`, text: canonical, value }
}
