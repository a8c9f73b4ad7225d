// How well names are found in labelled text: a name counts as found where one of its class covers at least half of both.
import { tags } from '../features.ts'
import type { Model } from '../model.ts'
import { tagNames } from '../tagger.ts'
import { asText } from './as-text.ts'
import type { Sentence } from './read-conll.ts'

interface Name { readonly kind: string; readonly from: number; readonly to: number }
export interface Score { found: number; rightlyFound: number; named: number }

const classes = ['PER', 'ORG', 'LOC'] as const

const goldNames = (gold: readonly number[]): Name[] => {
  const names: Name[] = []
  gold.forEach((tag, index) => {
    if (tag % 2 !== 1) return
    let to = index + 1
    while (gold[to] === tag + 1) to += 1
    names.push({ kind: tags[tag]?.slice(2) ?? '', from: index, to })
  })
  return names
}

const isSame = (a: Name, b: Name): boolean => {
  const common = Math.min(a.to, b.to) - Math.max(a.from, b.from)
  return a.kind === b.kind && common > 0 && common * 2 >= Math.max(a.to, b.to) - Math.min(a.from, b.from)
}

/** Counts by class. */
export const measure = (sentences: readonly Sentence[], model: Model, bias: number): Readonly<Record<(typeof classes)[number], Score>> => {
  const scores = Object.fromEntries(classes.map(name => [name, { found: 0, rightlyFound: 0, named: 0 }])) as Record<(typeof classes)[number], Score>
  for (const sentence of sentences) {
    const { gold, tokens } = asText(sentence)
    const open = new Set(goldNames(gold))
    for (const { kind } of open) scores[kind as 'PER'].named += 1
    for (const name of tagNames(tokens, model, bias)) {
      const score = scores[name.kind]
      score.found += 1
      const match = [...open].find(one => isSame(one, name))
      if (match === undefined) continue
      open.delete(match)
      score.rightlyFound += 1
    }
  }
  return scores
}
