// Reads the opening chapters of novels whose mentions are listed by line and words (LitBank). Of all who are spoken of, those count who are called by name.
import { readFileSync } from 'node:fs'
import type { Tag } from '../features.ts'
import type { NameClass, Sentence } from './read-conll.ts'
import { isTitle } from './titles.ts'

const kinds: Readonly<Record<string, NameClass>> = { PER: 'PER', ORG: 'ORG', GPE: 'LOC', LOC: 'LOC' }

const paragraph = 6

/** The words of a mention that are its name, without titles and what describes. */
const label = (tags: Tag[], words: readonly string[], from: number, to: number, kind: NameClass): void => {
  let start = from
  while (start <= to && (isTitle(words[start] ?? '') || !/^\p{Lu}/u.test(words[start] ?? ''))) start += 1
  for (let at = start; at <= to; at += 1) {
    // What lies within a longer name stays part of it.
    if (tags[at] !== 'O') return
    tags[at] = `${at === start ? 'B' : 'I'}-${kind}`
  }
}

/** A few sentences at a time. @param file without its ending */
export const readLitbank = (file: string): Sentence[] => {
  const lines = readFileSync(`${file}.txt`, 'utf8').split('\n').filter(line => line !== '').map(line => line.split(' '))
  const tags = lines.map(words => words.map((): Tag => 'O'))
  const mentions = readFileSync(`${file}.ann`, 'utf8').split('\n').map(line => line.split('\t')).filter(([kind, , , , , , , , form]) => kind === 'MENTION' && form === 'PROP')
  const spans = mentions.map(([, , line, from, , to, , kind]) => ({ line: Number(line), from: Number(from), to: Number(to), kind: kinds[kind ?? ''] }))
  for (const { from, kind, line, to } of spans.sort((a, b) => (b.to - b.from) - (a.to - a.from))) if (kind !== undefined) label(tags[line] ?? [], lines[line] ?? [], from, to, kind)
  return Array.from({ length: Math.ceil(lines.length / paragraph) }, (_, part) => ({ words: lines.slice(part * paragraph, (part + 1) * paragraph).flat(), tags: tags.slice(part * paragraph, (part + 1) * paragraph).flat() }))
}
