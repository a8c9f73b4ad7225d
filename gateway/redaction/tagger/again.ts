// Names that are said again: who was surely named once in a text is meant by the same words elsewhere in it, even where nothing there says so.
import { listBits } from './lexicon.ts'
import type { Tagged } from './tagged.ts'
import type { Token } from './tokens.ts'
import type { Word } from './words.ts'

/** A name this likely speaks for its other mentions. */
const sure = 0.8
/** One less likely than this gives way. */
const unsure = 0.75
/** What a mention that is only known from another one is worth. */
const repeated = 0.9

interface Known { readonly kind: Tagged['kind']; readonly likelihood: number }

const isCommon = (word: Word | undefined): boolean => ((word?.lists ?? 0) & listBits.common) !== 0

/** Words that tell one name from another; "May" at the beginning of a sentence does not. */
const isTelling = (token: Token, word: Word | undefined): boolean => token.isCapital && token.text.length > 2 && !(token.isFirst && isCommon(word))

type KnownWords = ReadonlyMap<string, Known | null>

/** Indexes of the words of a name that speak for it elsewhere. Of organisations and places only those of one word do ("Bank" alone is none), of persons' words those that are no ordinary ones. */
const speaking = (tokens: readonly Token[], words: readonly Word[], { from, kind, likelihood, to }: Tagged): number[] => {
  const isOne = to === from + 1
  if (likelihood < sure || (kind !== 'PER' && !isOne)) return []
  return Array.from({ length: to - from }, (_, index) => from + index).filter(at => {
    const token = tokens[at]
    return token !== undefined && isTelling(token, words[at]) && (isOne || !isCommon(words[at]))
  })
}

/** What each word of a sure name stands for; null where two names claim it. */
const knownWords = (tokens: readonly Token[], words: readonly Word[], names: readonly Tagged[]): KnownWords => {
  const known = new Map<string, Known | null>()
  for (const name of names) {
    for (const at of speaking(tokens, words, name)) {
      const text = tokens[at]?.text ?? ''
      const before = known.get(text)
      known.set(text, before === undefined || before?.kind === name.kind ? { kind: name.kind, likelihood: name.likelihood } : null)
    }
  }
  return known
}

/** A single word that is surely something else elsewhere. */
const corrected = (tokens: readonly Token[], name: Tagged, known: KnownWords): Tagged => {
  const other = name.to === name.from + 1 && name.likelihood < unsure ? known.get(tokens[name.from]?.text ?? '') : null
  return other === undefined || other === null || other.kind === name.kind ? name : { ...name, kind: other.kind, likelihood: other.likelihood * repeated }
}

/** Names that nothing but others speak for, among tokens that are in none. @param from @param to half open */
const saidAgain = (tokens: readonly Token[], words: readonly Word[], known: KnownWords, from: number, to: number): Tagged[] => {
  const found: Tagged[] = []
  for (let at = from; at < to; at += 1) {
    const token = tokens[at]
    const meant = token !== undefined && isTelling(token, words[at]) ? known.get(token.text) : null
    if (meant === undefined || meant === null) continue
    const begin = at
    while (at + 1 < to && tokens[at + 1]?.isNewLine === false && known.get(tokens[at + 1]?.text ?? '')?.kind === meant.kind) at += 1
    found.push({ kind: meant.kind, from: begin, to: at + 1, likelihood: meant.likelihood * repeated })
  }
  return found
}

/** @param names in order @returns in order, with those that are said again */
export const withRepeated = (tokens: readonly Token[], words: readonly Word[], names: readonly Tagged[]): readonly Tagged[] => {
  const known = knownWords(tokens, words, names)
  if (known.size === 0) return names
  const all: Tagged[] = []
  const add = (found: Tagged): void => { all.push(found) }
  let at = 0
  for (const name of names) {
    saidAgain(tokens, words, known, at, name.from).forEach(add)
    add(corrected(tokens, name, known))
    at = name.to
  }
  saidAgain(tokens, words, known, at, tokens.length).forEach(add)
  return all
}
