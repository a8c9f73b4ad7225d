// Makes running text of labelled words, so that training sees what the tagger will see, and finds the tag of each of its tokens.
import { tags, type Tag } from '../features.ts'
import { tokensOf, type Token } from '../tokens.ts'
import type { Sentence } from './read-conll.ts'

export interface Example { readonly text: string; readonly tokens: readonly Token[]; readonly gold: readonly number[] }

const joinsLeft = /^(?:[.,;:!?)\]}%]|'s|n't|'re|'ve|'ll|'d|'m|’s)$/i
const joinsRight = /^[([{$#@]$/

const tagAt = (starts: readonly { readonly start: number; readonly end: number; readonly tag: Tag }[], token: Token): Tag => {
  const found = starts.find(({ end }) => end > token.start)
  if (found === undefined) return 'O'
  // Later pieces of one word go on with its name.
  return found.tag.startsWith('B') && token.start > found.start ? `I${found.tag.slice(1)}` as Tag : found.tag
}

export const asText = ({ tags: raw, words }: Sentence): Example => {
  let text = ''
  const places: { start: number; end: number; tag: Tag }[] = []
  words.forEach((word, index) => {
    if (word === '\\n') {
      text += '\n'
      return
    }
    if (index > 0 && !joinsLeft.test(word) && !joinsRight.test(words[index - 1] ?? '')) text += ' '
    places.push({ start: text.length, end: text.length + word.length, tag: raw[index] ?? 'O' })
    text += word
  })
  const tokens = tokensOf(text)
  return { text, tokens, gold: tokens.map(token => tags.indexOf(tagAt(places, token))) }
}
