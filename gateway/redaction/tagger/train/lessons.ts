// What there is to learn: the runs of labelled texts, with the features of each word as numbers.
import { featureCount, Features } from '../features.ts'
import type { Groups } from '../groups.ts'
import { runsOf } from '../runs.ts'
import { Words } from '../words.ts'
import type { Example } from './as-text.ts'
import type { FeatureIndex } from './feature-index.ts'

/** One run: the features of its words, `featureCount` for each. */
export interface Lesson { readonly features: Int32Array; readonly roles: Uint8Array; readonly gold: Uint8Array }

/** @param index learns the features that come up */
export const lessonsOf = (examples: readonly Example[], lexicon: Uint8Array, groups: Groups, index: FeatureIndex): Lesson[] => {
  const lessons: Lesson[] = []
  for (const { gold, tokens } of examples) {
    const known = new Words(lexicon, groups)
    const words = known.of(tokens)
    const features = new Features(tokens, words, known)
    for (const run of runsOf(tokens, words)) {
      const length = run.to - run.from
      const lesson = { features: new Int32Array(length * featureCount), roles: new Uint8Array(length), gold: new Uint8Array(length) }
      for (let at = 0; at < length; at += 1) {
        features.at(run.from + at, run)
        for (let one = 0; one < featureCount; one += 1) lesson.features[at * featureCount + one] = index.add(features.found[one] ?? 0)
        lesson.roles[at] = words[run.from + at]?.role ?? 0
        const tag = gold[run.from + at] ?? 0
        // What began outside of the run begins in it.
        lesson.gold[at] = tag !== 0 && tag % 2 === 0 && (at === 0 || ((lesson.gold[at - 1] ?? 0) + 1) >> 1 !== tag >> 1) ? tag - 1 : tag
      }
      lessons.push(lesson)
    }
  }
  return lessons
}
