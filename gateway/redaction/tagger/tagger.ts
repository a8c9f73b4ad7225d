// Tags names of persons, organisations and places: greedily from left to right, with an averaged perceptron. Only words with a capital letter are
// asked about, and what may stand inside a name between two of them.
import { buckets, Features, tags } from './features.ts'
import type { Token } from './tokens.ts'

/** `buckets * tags.length` weights, those of one bucket side by side. */
export type Weights = Int8Array | Float32Array

export interface Model { readonly weights: Weights; readonly lexicon: Uint8Array }

export interface Tagged {
  readonly kind: 'PER' | 'ORG' | 'LOC'
  /** Indexes of tokens, half open. */
  readonly from: number
  readonly to: number
  /** Sum of the distances to the next best tag over the words, divided by their number. */
  readonly margin: number
}

const kinds = ['PER', 'ORG', 'LOC'] as const

const inside = new Set(['of', 'de', 'da', 'di', 'del', 'der', 'den', 'des', 'du', 'la', 'le', 'van', 'von', 'zu', 'bin', 'al', 'el', 'and', '&', 'for', 'the', '\'', '’', '-', '.'])

/** Could this word be in a name that has begun? No name goes on in the next line. */
export const mayGoOn = (tokens: readonly Token[], index: number): boolean => {
  const token = tokens[index]
  if (token === undefined || !inside.has(token.text)) return /^\d+$/.test(token?.text ?? '')
  return tokens[index + 1]?.isCapital === true
}

/** Tags that may follow: a name goes on only as what it began as. */
/** What the word before leaves possible: behind a line break nothing goes on. */
export const previousOf = (token: Token | undefined, previous: number): number => token?.isNewLine === true ? 0 : previous

export const mayFollow = (previous: number, tag: number): boolean => tag % 2 === 1 || tag === 0 || previous === tag || previous === tag - 1

export interface Best { readonly tag: number; readonly margin: number }

/** @param scores filled anew for each word */
export const bestOf = (scores: Float64Array, previous: number): Best => {
  let tag = 0
  let best = -Infinity
  let second = -Infinity
  for (let index = 0; index < tags.length; index += 1) {
    if (!mayFollow(previous, index)) continue
    const score = scores[index] ?? 0
    if (score > best) {
      second = best
      best = score
      tag = index
    } else if (score > second) second = score
  }
  return { tag, margin: best - second }
}

export const scoreOf = (weights: Weights, features: Features, scores: Float64Array): void => {
  scores.fill(0)
  for (let index = 0; index < features.count; index += 1) {
    const at = (features.found[index] ?? 0) * tags.length
    for (let tag = 0; tag < tags.length; tag += 1) scores[tag] = (scores[tag] ?? 0) + (weights[at + tag] ?? 0)
  }
}

const joins = new Set(['and', '&'])

/** "Anna and Bob" are two persons, however the words between were tagged. */
const apart = (tokens: readonly Token[], name: Tagged): Tagged[] => {
  if (name.kind !== 'PER') return [name]
  for (let index = name.from + 1; index < name.to - 1; index += 1) {
    if (joins.has(tokens[index]?.text ?? '')) return [{ ...name, to: index }, ...apart(tokens, { ...name, from: index + 1 })]
  }
  return [name]
}

/** @param bias added to what speaks for no name; more of it finds fewer and surer ones */
export const tagNames = (tokens: readonly Token[], { lexicon, weights }: Model, bias: number): Tagged[] => {
  const features = new Features(lexicon)
  const scores = new Float64Array(tags.length)
  const found: Tagged[] = []
  let open = null as { readonly from: number; readonly tag: number; margin: number } | null
  let previous = 0
  let before = 0
  const close = (to: number): void => {
    if (open !== null) found.push(...apart(tokens, { kind: kinds[(open.tag - 1) >> 1] ?? 'PER', from: open.from, to, margin: open.margin / (to - open.from) }))
    open = null
  }
  for (let index = 0; index < tokens.length; index += 1) {
    previous = previousOf(tokens[index], previous)
    let best: Best = { tag: 0, margin: 0 }
    if (tokens[index]?.isCapital === true || (previous !== 0 && mayGoOn(tokens, index))) {
      features.at(tokens, index, previous, before)
      scoreOf(weights, features, scores)
      scores[0] = (scores[0] ?? 0) + bias
      best = bestOf(scores, previous)
    }
    if (best.tag % 2 === 1 || best.tag === 0) close(index)
    if (best.tag % 2 === 1) open = { from: index, tag: best.tag, margin: best.margin }
    else if (open !== null) open.margin += best.margin
    before = previous
    previous = best.tag
  }
  close(tokens.length)
  return found
}

export const weightCount = buckets * tags.length
