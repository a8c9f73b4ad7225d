// Reads articles whose names are listed by sentence and words (Re-DocRED).
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Tag } from '../features.ts'
import { classes, type Sentence } from './read-conll.ts'

const mentionSchema = z.object({ type: z.string(), sent_id: z.number(), pos: z.tuple([z.number(), z.number()]) })
const articlesSchema = z.array(z.object({ sents: z.array(z.array(z.string())), vertexSet: z.array(z.array(mentionSchema)) }))

const demonym = /(?:ese|ish|ians?|eans?|ans?|[a-z]i|ic|men|man|ites?|Greeks?|Dutch|French|Welsh|Thais?|Czechs?|Turks?|Danes?|Swiss)$/

/** It takes "German" for a place; we do not. */
const isOfPlace = (word: string, places: ReadonlySet<string>): boolean => demonym.test(word) && !places.has(word)

/** Each article as one text. @param places names of places @throws where the file is not what its name says */
export const readDocred = (file: string, places: ReadonlySet<string>): Sentence[] => articlesSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).map(({ sents, vertexSet }) => {
  const tags = sents.map(words => words.map((): Tag => 'O'))
  for (const { pos: [from, to], sent_id, type } of vertexSet.flat()) {
    const found = classes[type]
    const sentence = tags[sent_id]
    if (found === undefined || sentence === undefined || (found === 'LOC' && to === from + 1 && isOfPlace(sents[sent_id]?.[from] ?? '', places))) continue
    for (let at = from; at < to; at += 1) sentence[at] = `${at === from ? 'B' : 'I'}-${found}`
  }
  return { words: sents.flat(), tags: tags.flat() }
})
