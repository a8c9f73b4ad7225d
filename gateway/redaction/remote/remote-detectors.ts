// Adds what remote detectors say to what was found here. Texts that all of them know cost a look-up and nothing is waited for; about the others
// they are asked at once. What a detector should have looked at and did not is listed, so that policy can treat it as most sensitive.
import type { JsonDocument, StringLeaf } from '../../exchange/document.ts'
import type { Classification, Finding, LeafFindings } from '../../exchange/finding.ts'
import { cutOverlaps } from '../cut-overlaps.ts'
import { unseenBy } from '../own/own-detector.ts'
import type { AskedText } from './protocol.ts'
import type { RemoteDetector } from './remote-detector.ts'
import type { TextSource } from './text-source.ts'

export type SourceOf = (leaf: StringLeaf) => TextSource

/** What is passed on beside the body: a header field, or the query. */
export interface BesideText { readonly text: string; readonly key: string | null }

export interface Looking {
  readonly document: JsonDocument
  readonly ignores: (leaf: StringLeaf) => boolean
  readonly sourceOf: SourceOf
  readonly beside?: readonly BesideText[]
}

/** A text that some detector may have to look at. */
export interface Text {
  /** Of its leaf; -1 for what stands beside the document. */
  readonly index: number
  readonly value: string
  readonly key: string | null
  readonly path: readonly (string | number)[]
  readonly source: TextSource
  /** It is the end of a longer text: it is looked at however short it is. */
  readonly isPart?: boolean
}

/** One detector's view of some texts. */
export class Look {
  readonly detector: RemoteDetector
  /** Texts that it has to look at. */
  readonly texts: Text[] = []
  readonly unknown = new Map<string, AskedText>()
  readonly said = new Map<string, readonly Finding[]>()
  /** Some text is longer than what it takes. */
  tooLong = false

  constructor(detector: RemoteDetector, texts: readonly Text[]) {
    this.detector = detector
    for (const text of texts) this.#enter(text)
  }

  get missesSome(): boolean {
    if (this.tooLong) return true
    for (const text of this.unknown.keys()) if (!this.said.has(text)) return true
    return false
  }

  #enter(text: Text): void {
    const { isPart = false, key, path, source, value } = text
    const { maxChars, minChars, sources } = this.detector.spec
    if ((value.length < minChars && !isPart) || !sources.has(source)) return
    if (value.length > maxChars) {
      this.tooLong = true
      return
    }
    this.texts.push(text)
    if (this.said.has(value) || this.unknown.has(value)) return
    const known = this.detector.known(value)
    if (known !== undefined) this.said.set(value, known)
    else this.unknown.set(value, { text: value.toWellFormed(), source, key, path })
  }
}

/** Asks each detector about the texts that it has to look at and does not know: at once where there are none. */
export const lookAt = (detectors: readonly RemoteDetector[], texts: readonly Text[]): readonly Look[] | Promise<readonly Look[]> => {
  const looks = detectors.map(detector => new Look(detector, texts))
  const asking = looks.filter(({ unknown }) => unknown.size > 0)
  if (asking.length === 0) return looks
  return Promise.all(asking.map(({ detector, said, unknown }) => detector.ask(unknown, said))).then(() => looks)
}

const textsOf = (detectors: readonly RemoteDetector[], { beside = [], document: { strings }, ignores, sourceOf }: Looking): Text[] => {
  const least = Math.min(...detectors.map(({ spec }) => spec.minChars))
  const texts: Text[] = []
  for (let index = 0; index < strings.length; index += 1) {
    const leaf = strings[index] as StringLeaf
    if (leaf.end - leaf.start >= least + 2 && leaf.value.length >= least && !ignores(leaf)) texts.push({ index, value: leaf.value, key: leaf.key, path: leaf.path, source: sourceOf(leaf) })
  }
  for (const { key, text } of beside) texts.push({ index: -1, value: text, key, path: [], source: 'header' })
  return texts
}

interface Merged { readonly perLeaf: readonly LeafFindings[]; readonly beside: ReadonlyMap<string, readonly Finding[]> | null }

const merged = (local: Classification, { document: { strings } }: Looking, looks: readonly Look[]): Merged => {
  const byLeaf = new Map<number, readonly Finding[]>()
  const beside = new Map<string, readonly Finding[]>()
  for (const { said, texts } of looks) {
    for (const { index, value } of texts) {
      const more = said.get(value) ?? []
      if (more.length === 0) continue
      if (index === -1) beside.set(value, [...beside.get(value) ?? [], ...more])
      else byLeaf.set(index, [...byLeaf.get(index) ?? [], ...more])
    }
  }
  const said = beside.size === 0 ? null : beside
  if (byLeaf.size === 0) return { perLeaf: local.perLeaf, beside: said }
  for (const { findings, leaf } of local.perLeaf) byLeaf.set(leaf, [...findings, ...byLeaf.get(leaf) ?? []])
  return { beside: said, perLeaf: [...byLeaf].sort(([a], [b]) => a - b).map(([leaf, findings]) => ({ leaf, findings: cutOverlaps((strings[leaf] as StringLeaf).value, findings) })) }
}

export interface Completed extends Merged { readonly unseen: readonly string[] }

const completed = (local: Classification, looking: Looking, looks: readonly Look[]): Completed => {
  const missing = looks.filter(look => look.missesSome)
  const unseen = new Set(missing.map(({ detector }) => unseenBy(detector.spec.name)))
  if (missing.some(({ tooLong }) => tooLong)) unseen.add('too_long')
  return { ...merged(local, looking, looks), unseen: [...unseen] }
}

/** What was found here, together with what the detectors say; at once where they need not be asked. */
export const completeRemotely = (detectors: readonly RemoteDetector[], local: Classification, looking: Looking): Completed | Promise<Completed> => {
  const looks = lookAt(detectors, textsOf(detectors, looking))
  return looks instanceof Promise ? looks.then(all => completed(local, looking, all)) : completed(local, looking, looks)
}
