// Tags names of persons, organisations and places in runs of words with capital letters.
import { withRepeated } from './again.ts'
import { Features, tags } from './features.ts'
import { weighWords, type Model } from './model.ts'
import { runsOf, type Run } from './runs.ts'
import { Sequence } from './sequence.ts'
import type { Tagged } from './tagged.ts'
import type { Token } from './tokens.ts'
import { Words } from './words.ts'

const kinds = ['PER', 'ORG', 'LOC'] as const

/** Names of a run that was decoded and weighed. */
const namesOf = ({ best, marginals }: Sequence, run: Run): Tagged[] => {
  const names: Tagged[] = []
  for (let index = 0; index < best.length; index += 1) {
    const tag = best[index] ?? 0
    if (tag % 2 !== 1) continue
    let to = index + 1
    while (best[to] === tag + 1) to += 1
    let likelihood = 1
    for (let at = index; at < to; at += 1) likelihood = Math.min(likelihood, (marginals[at * tags.length + tag] ?? 0) + (marginals[at * tags.length + tag + 1] ?? 0))
    names.push({ kind: kinds[(tag - 1) >> 1] ?? 'PER', from: run.from + index, to: run.from + to, likelihood })
  }
  return names
}

const isNamed = ({ best }: Sequence): boolean => best.some(tag => tag !== 0)

/** @param bias added to what speaks for no name; more of it finds fewer and surer ones */
export const tagNames = (tokens: readonly Token[], model: Model, bias: number): readonly Tagged[] => {
  const known = new Words(model.lexicon, model.groups)
  const words = known.of(tokens)
  const features = new Features(tokens, words, known)
  const sequence = new Sequence(model.transitions)
  const found: Tagged[] = []
  for (const run of runsOf(tokens, words)) {
    weighWords(sequence, run, features, model, bias)
    sequence.decode(run.to - run.from)
    if (!isNamed(sequence)) continue
    sequence.weigh(run.to - run.from)
    for (const name of namesOf(sequence, run)) found.push(name)
  }
  return withRepeated(tokens, words, found)
}
