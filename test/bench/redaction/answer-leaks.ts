// Does a streamed answer tell anything that a scan of the whole answer finds? Each answer is cut at random and passed through what looks at
// streams; every value of the whole-text scan that still stands in what came out has leaked.
import { AnswerWindow } from '../../../gateway/redaction/answer-window.ts'
import { findEntities } from '../../../gateway/redaction/find.ts'
import type { StreamRestorer } from '../../../gateway/exchange/answer.ts'
import type { EntityKind, Finding } from '../../../gateway/exchange/finding.ts'
import { defaultConfidence } from './find-ours.ts'
import type { LabelledSet } from './labelled.ts'
import { createRandom, type Random } from './random.ts'
import { sampleText } from './sample-texts.ts'

export interface Leaks {
  readonly answers: number
  /** Answers that came out as the whole-text scan would have made them. */
  readonly same: number
  readonly values: number
  readonly leaked: number
  readonly pushNs: number
}

const shown = (kind: EntityKind): string => `[${kind.toUpperCase()}]`
const find = (text: string): readonly Finding[] => findEntities(text, null, defaultConfidence)

/** The gateway's own window over a stream. */
export const openWindow = (): StreamRestorer => new AnswerWindow({ find, acts: () => true, replace: shown }, 'text')

const masked = (text: string, findings: readonly Finding[]): string => {
  let out = ''
  let at = 0
  for (const { end, kind, start } of findings) {
    out += text.slice(at, start) + shown(kind)
    at = end
  }
  return out + text.slice(at)
}

const occurrences = (text: string, value: string): number => text.split(value).length - 1

const told = (text: string, random: Random, open: () => StreamRestorer): { readonly text: string; readonly pushes: number } => {
  const window = open()
  let out = ''
  let pushes = 0
  for (let at = 0; at < text.length; pushes += 1) out += window.push(text.slice(at, at += 1 + random.below(8)))
  return { text: out + window.flush(), pushes }
}

/** Answers to look at: our own, and the rows of sets where there are some. */
export const answersFor = (count: number, sets: readonly LabelledSet[]): readonly string[] => {
  const random = createRandom(11)
  const own = Array.from({ length: count }, (_, at) => sampleText(at % 4 === 0 ? 'code' : 'prose', 300 + random.below(1200), random, 150))
  return [...own, ...sets.filter(({ judges }) => judges === 'everything').flatMap(({ rows }) => rows.map(({ text }) => text))]
}

/** @param open a new one for each answer */
export const measureLeaks = (answers: readonly string[], open: () => StreamRestorer = openWindow): Leaks => {
  const random = createRandom(13)
  let [same, values, leaked, pushes, spentMs] = [0, 0, 0, 0, 0]
  for (const answer of answers) {
    const findings = find(answer)
    const whole = masked(answer, findings)
    const from = performance.now()
    const streamed = told(answer, random, open)
    spentMs += performance.now() - from
    pushes += streamed.pushes
    if (streamed.text === whole) same += 1
    values += findings.length
    for (const value of new Set(findings.map(({ end, start }) => answer.slice(start, end)))) leaked += Math.max(0, occurrences(streamed.text, value) - occurrences(whole, value))
  }
  return { answers: answers.length, same, values, leaked, pushNs: spentMs * 1e6 / pushes }
}
