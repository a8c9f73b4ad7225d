// Adds what remote detectors say to what was found here. Texts that all of them know cost a look-up and nothing is waited for; about the others
// they are asked at once. What a detector should have looked at and did not is listed, so that policy can treat it as most sensitive.
import type { JsonDocument, StringLeaf } from '../../exchange/document.ts'
import type { Classification, Finding, LeafFindings } from '../../exchange/finding.ts'
import { cutOverlaps } from '../cut-overlaps.ts'
import { unseenBy } from '../own/own-detector.ts'
import type { AskedText } from './protocols.ts'
import type { RemoteDetector } from './remote-detector.ts'
import type { TextSource } from './text-source.ts'

export type SourceOf = (leaf: StringLeaf) => TextSource

export interface Looking {
  readonly document: JsonDocument
  readonly ignores: (leaf: StringLeaf) => boolean
  readonly sourceOf: SourceOf
}

/** One detector's view of one document. */
interface Look {
  readonly detector: RemoteDetector
  /** Leaves that it has to look at. */
  readonly leaves: readonly number[]
  readonly unknown: ReadonlyMap<string, AskedText>
  readonly said: Map<string, readonly Finding[]>
  /** Some text is longer than what it takes. */
  readonly tooLong: boolean
}

/** A string that some detector may have to look at. */
interface Text { readonly index: number; readonly leaf: StringLeaf; readonly source: TextSource }

const textsOf = (detectors: readonly RemoteDetector[], { document: { strings }, ignores, sourceOf }: Looking): Text[] => {
  const least = Math.min(...detectors.map(({ spec }) => spec.minChars))
  const texts: Text[] = []
  for (let index = 0; index < strings.length; index += 1) {
    const leaf = strings[index] as StringLeaf
    if (leaf.end - leaf.start >= least + 2 && leaf.value.length >= least && !ignores(leaf)) texts.push({ index, leaf, source: sourceOf(leaf) })
  }
  return texts
}

const lookOf = (detector: RemoteDetector, texts: readonly Text[]): Look => {
  const { maxChars, minChars, sources } = detector.spec
  const leaves: number[] = []
  const unknown = new Map<string, AskedText>()
  const said = new Map<string, readonly Finding[]>()
  let tooLong = false
  for (const { index, leaf: { key, path, value }, source } of texts) {
    if (value.length < minChars || !sources.has(source)) continue
    if (value.length > maxChars) {
      tooLong = true
      continue
    }
    leaves.push(index)
    if (said.has(value) || unknown.has(value)) continue
    const known = detector.known(value)
    if (known !== undefined) said.set(value, known)
    else unknown.set(value, { text: value.toWellFormed(), source, key, path })
  }
  return { detector, leaves, unknown, said, tooLong }
}

const missesSome = ({ said, tooLong, unknown }: Look): boolean => {
  if (tooLong) return true
  for (const text of unknown.keys()) if (!said.has(text)) return true
  return false
}

const merged = (local: Classification, { document: { strings } }: Looking, looks: readonly Look[]): readonly LeafFindings[] => {
  const byLeaf = new Map<number, readonly Finding[]>()
  for (const { leaves, said } of looks) {
    for (const leaf of leaves) {
      const more = said.get((strings[leaf] as StringLeaf).value) ?? []
      if (more.length > 0) byLeaf.set(leaf, [...byLeaf.get(leaf) ?? [], ...more])
    }
  }
  if (byLeaf.size === 0) return local.perLeaf
  for (const { findings, leaf } of local.perLeaf) byLeaf.set(leaf, [...findings, ...byLeaf.get(leaf) ?? []])
  return [...byLeaf].sort(([a], [b]) => a - b).map(([leaf, findings]) => ({ leaf, findings: cutOverlaps((strings[leaf] as StringLeaf).value, findings) }))
}

export interface Completed { readonly perLeaf: readonly LeafFindings[]; readonly unseen: readonly string[] }

const completed = (local: Classification, looking: Looking, looks: readonly Look[]): Completed => {
  const missing = looks.filter(missesSome)
  const unseen = new Set(missing.map(({ detector }) => unseenBy(detector.spec.name)))
  if (missing.some(({ tooLong }) => tooLong)) unseen.add('too_long')
  return { perLeaf: merged(local, looking, looks), unseen: [...unseen] }
}

/** What was found here, together with what the detectors say; at once where they need not be asked. */
export const completeRemotely = (detectors: readonly RemoteDetector[], local: Classification, looking: Looking): Completed | Promise<Completed> => {
  const texts = textsOf(detectors, looking)
  const looks = detectors.map(detector => lookOf(detector, texts))
  const asking = looks.filter(({ unknown }) => unknown.size > 0)
  if (asking.length === 0) return completed(local, looking, looks)
  return Promise.all(asking.map(({ detector, said, unknown }) => detector.ask(unknown, said))).then(() => completed(local, looking, looks))
}
