// Makes running text of labelled words, so that training sees what the tagger will see, and finds the tag of each of its tokens.
import { tags, type Tag } from '../features.ts'
import { tokensOf, type Token } from '../tokens.ts'
import type { Sentence } from './read-conll.ts'

export interface Example { readonly text: string; readonly tokens: readonly Token[]; readonly gold: readonly number[] }

const joinsLeft = /^(?:[.,;:!?)\]}%]|'s|n't|'re|'ve|'ll|'d|'m|’s)$/i
const joinsRight = /^[([{$#@]$/

interface Placed { readonly start: number; readonly end: number; readonly tag: Tag }

const tagOf = (placed: Placed | undefined, token: Token): Tag => {
  if (placed === undefined || placed.start >= token.end) return 'O'
  // Later pieces of one word go on with its name.
  return placed.tag.startsWith('B') && token.start > placed.start ? `I${placed.tag.slice(1)}` as Tag : placed.tag
}

const isPossessive = (text: string): boolean => text === "'s" || text === '’s'

const noNames: ReadonlySet<string> = new Set(['i', 'we', 'he', 'she', 'it', 'they', 'you', 'our', 'my', 'his', 'her', 'their', 'this', 'these', 'the', 'a', 'an'])

/** Neither "'s" at the end of a name nor "The" or "We" at its beginning is part of it, though some corpora say so. */
const trimmed = (tokens: readonly Token[], gold: number[]): number[] => {
  gold.forEach((tag, index) => {
    if (tag === 0) return
    const text = tokens[index]?.text ?? ''
    if (isPossessive(text) && gold[index + 1] !== tag + tag % 2) gold[index] = 0
    else if (tag % 2 === 1 && noNames.has(text.toLowerCase()) && text !== 'A' && text !== 'I') {
      gold[index] = 0
      if (gold[index + 1] === tag + 1) gold[index + 1] = tag
    } else if (tag % 2 === 1 && text === 'I' && gold[index + 1] !== tag + 1) gold[index] = 0
  })
  return gold
}

export const asText = ({ tags: raw, words }: Sentence): Example => {
  let text = ''
  const places: Placed[] = []
  words.forEach((word, index) => {
    if (word === '\\n') {
      text += '\n'
      return
    }
    if (index > 0 && !joinsLeft.test(word) && !joinsRight.test(words[index - 1] ?? '') && !text.endsWith('\n')) text += ' '
    places.push({ start: text.length, end: text.length + word.length, tag: raw[index] ?? 'O' })
    text += word
  })
  const tokens = tokensOf(text)
  let at = 0
  const gold = tokens.map(token => {
    while ((places[at]?.end ?? Infinity) <= token.start) at += 1
    return tags.indexOf(tagOf(places[at], token))
  })
  return { text, tokens, gold: trimmed(tokens, gold) }
}
