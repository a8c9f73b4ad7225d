// Classifies documents: what is in which string. Results are remembered per text, so a history that is sent again costs a look-up.
import type { JsonDocument, Passage, StringLeaf } from '../exchange/document.ts'
import { nothingFound, type Classification, type EntityCounts, type Finding, type LeafFindings, type LeafPicture } from '../exchange/finding.ts'
import { natureOf, type EntityKind } from '../exchange/kinds.ts'
import { joinLabels, noLabels, type Labels } from '../exchange/labels.ts'
import { cutOverlaps } from './cut-overlaps.ts'
import { findEntities, saysSomething } from './find.ts'
import { joinOwn, unseenBy, type OwnDetectors } from './own/own-detector.ts'
import { AnswerDetectors } from './remote/answer-detectors.ts'
import { completeRemotely, type BesideText, type Completed, type SourceOf } from './remote/remote-detectors.ts'
import type { RemoteDetector } from './remote/remote-detector.ts'
import { picturesIn } from './media/picture.ts'
import { mediaIn } from './unseen-media.ts'
import { withQuasi } from './quasi/with-quasi.ts'
import { withNames } from './tagger/with-names.ts'
import { TextMemo } from './text-memo.ts'

export interface ClassifierOptions {
  readonly minConfidence: number
  /** Upper bound of remembered text, in UTF-16 units times two. */
  readonly memoBytes: number
  /** Names in prose are looked for, too. */
  readonly names?: boolean
  /** Ages, dates, places, groups and titles are looked for, too. */
  readonly quasi?: boolean
  /** Policy hides them from models: what holds one is not restricted for that. */
  readonly secretsAreHidden?: boolean
  readonly own?: OwnDetectors
  readonly remote?: readonly RemoteDetector[]
}

const noOwn = joinOwn([])

/** Shorter texts are scanned faster than they are looked up. */
const worthRemembering = 64

/** Nothing that is found has fewer characters (find.ts), unless an operator's own detector finds shorter things; the literal of a text has its two quotes besides. */
const shortestFound = 7
/** An age, with `quasi`. */
const shortestQuasi = 2
const quotes = 2
/** Digits that may be somebody's without a word beside them. */
const longNumber = 12

/** What is known of a part as a whole, for as long as the detectors and those leaves stay the same. */
interface Looked {
  readonly ignores: (leaf: StringLeaf) => boolean
  readonly perLeaf: readonly LeafFindings[]
  readonly pictures: readonly LeafPicture[]
  readonly unseen: readonly string[]
  /** As of the document that it stood in last. */
  placed: { readonly firstLeaf: number; readonly perLeaf: readonly LeafFindings[] }
}

/** One document under way. */
interface Found { readonly perLeaf: LeafFindings[]; readonly pictures: LeafPicture[]; unseen: Set<string> | undefined }

export class Classifier {
  #options: ClassifierOptions
  /** Only of texts that somebody did not look through to the end. */
  #unseen = new WeakMap<readonly Finding[], readonly string[]>()
  #memo: TextMemo<readonly Finding[]>
  #answers: AnswerDetectors | null
  #parts = new WeakMap<JsonDocument, Looked>()

  constructor(options: ClassifierOptions) {
    this.#options = options
    this.#answers = answerDetectors(options)
    this.#memo = new TextMemo(options.memoBytes)
  }

  /** From the next text on other detectors are asked. What was remembered is forgotten. */
  update(options: ClassifierOptions): void {
    this.#options = options
    this.#answers = answerDetectors(options)
    this.#memo = new TextMemo(options.memoBytes)
    this.#unseen = new WeakMap()
    this.#parts = new WeakMap()
  }

  /**
   * All that can be said of a document: what `classify` finds, what remote detectors say, and what nobody looked at. A promise only where a
   * remote detector has to be asked.
   */
  look(document: JsonDocument, ignores: (leaf: StringLeaf) => boolean, sourceOf: SourceOf, beside: readonly BesideText[] = []): Classification | Promise<Classification> {
    const local = this.classify(document, ignores)
    const media = mediaIn(document)
    const { remote = [] } = this.#options
    if (remote.length === 0) return withUnseen(local, media)
    const completed = completeRemotely(remote, local, { document, ignores, sourceOf, beside })
    const joined = ({ beside: found, perLeaf, unseen }: Completed): Classification => withUnseen({
      ...perLeaf === local.perLeaf ? local : {
        perLeaf, entities: countKinds(perLeaf, local.pictures), unseen: local.unseen, ...local.pictures === undefined ? {} : { pictures: local.pictures },
      }, ...found === null ? {} : { beside: found },
    }, [...media, ...unseen])
    return completed instanceof Promise ? completed.then(joined) : joined(completed)
  }

  /** The remote detectors that look at answers; null where none does. */
  get answers(): AnswerDetectors | null { return this.#answers }

  /** Does some remote detector look at what is passed on beside a body? */
  get looksBeside(): boolean { return this.#options.remote?.some(({ spec }) => spec.sources.has('header')) === true }

  /** Labels that a classification puts on what it is about. Those that only say that somebody failed to look are left out on demand. */
  labelsOf(classification: Classification, countsUnseen = true): Labels {
    const { own = noOwn } = this.#options
    let labels = labelsOf(classification, this.#options.secretsAreHidden)
    for (const kind in classification.entities) {
      const added = own.labels.get(kind as EntityKind)
      if (added !== undefined) labels = joinLabels(labels, added)
    }
    return countsUnseen && classification.unseen.some(code => this.#raises(code)) ? joinLabels(labels, notSeen) : labels
  }

  #raises(code: string): boolean {
    if (!code.startsWith(unseenBy(''))) return false
    return this.#options.remote?.find(({ spec }) => unseenBy(spec.name) === code)?.spec.raises ?? true
  }

  /** What has fewer characters holds nothing that is looked for. */
  #shortest(): number {
    const { own, quasi } = this.#options
    return Math.min(quasi === true ? shortestQuasi : shortestFound, own?.shortest ?? shortestFound)
  }

  /** @param ignores leaves that the protocol owns (ids, roles, images): neither scanned nor counted. Of a leaf in a passage it says the same in every document. */
  classify(document: JsonDocument, ignores: (leaf: StringLeaf) => boolean): Classification {
    const { passages, strings } = document
    const found: Found = { perLeaf: [], pictures: [], unseen: undefined }
    const inPassages: (readonly LeafFindings[])[] = []
    let next = 0
    for (const passage of passages) {
      this.#lookAt(strings, [next, passage.firstLeaf], ignores, found)
      next = passage.firstLeaf + passage.part.strings.length
      inPassages.push(this.#lookAtPassage(strings, passage, ignores, found))
    }
    this.#lookAt(strings, [next, strings.length], ignores, found)
    const { perLeaf, pictures, unseen } = found
    const nothing = passages.length === 0 ? nothingFound : { ...nothingFound, inPassages }
    const classification = perLeaf.length + pictures.length === 0 ? nothing
      : { ...nothing, perLeaf, entities: countKinds(perLeaf, pictures), ...pictures.length === 0 ? {} : { pictures } }
    return unseen === undefined ? classification : withUnseen(classification, [...unseen])
  }

  #lookAt(strings: readonly StringLeaf[], [from, to]: readonly [number, number], ignores: (leaf: StringLeaf) => boolean, found: Found): void {
    const shortest = this.#shortest()
    for (let leaf = from; leaf < to; leaf += 1) {
      const string = strings[leaf] as StringLeaf
      if (string.end - string.start < (string.form === 'number' ? shortest : shortest + quotes) || this.#holdsNothing(string, ignores)) continue
      const findings = this.find(string.value, string.key)
      if (findings.length > 0) found.perLeaf.push({ leaf, findings })
      if (this.#options.own !== undefined) for (const code of this.#unseen.get(findings) ?? []) (found.unseen ??= new Set()).add(code)
    }
    for (const picture of picturesIn(strings, [from, to], text => this.find(text, null))) found.pictures.push(picture)
  }

  /** @returns what is found in it, by the leaves of its part */
  #lookAtPassage(strings: readonly StringLeaf[], { firstLeaf, part }: Passage, ignores: (leaf: StringLeaf) => boolean, found: Found): readonly LeafFindings[] {
    let looked = this.#parts.get(part)
    if (looked?.ignores !== ignores) {
      const here: Found = { perLeaf: [], pictures: [], unseen: undefined }
      this.#lookAt(strings, [firstLeaf, firstLeaf + part.strings.length], ignores, here)
      looked = {
        ignores, unseen: [...here.unseen ?? []], placed: { firstLeaf, perLeaf: here.perLeaf },
        perLeaf: here.perLeaf.map(({ findings, leaf }) => ({ leaf: leaf - firstLeaf, findings })),
        pictures: here.pictures.map(picture => ({ ...picture, leaf: picture.leaf - firstLeaf })),
      }
      this.#parts.set(part, looked)
    }
    if (looked.placed.firstLeaf !== firstLeaf) looked.placed = { firstLeaf, perLeaf: looked.perLeaf.map(({ findings, leaf }) => ({ leaf: leaf + firstLeaf, findings })) }
    for (const one of looked.placed.perLeaf) found.perLeaf.push(one)
    for (const picture of looked.pictures) found.pictures.push({ ...picture, leaf: picture.leaf + firstLeaf })
    for (const code of looked.unseen) (found.unseen ??= new Set()).add(code)
    return looked.perLeaf
  }

  #holdsNothing(leaf: StringLeaf, ignores: (leaf: StringLeaf) => boolean): boolean { return this.#isAnyNumber(leaf) || ignores(leaf) }

  /** A short number, or one that is not whole, that no key says anything about: only an operator's own detector could know it. */
  #isAnyNumber(leaf: StringLeaf): boolean {
    const { end, form, key, start } = leaf
    if (form !== 'number' || this.#options.own !== undefined || (key !== null && saysSomething(key))) return false
    return end - start < longNumber || !/^-?\d+$/.test(leaf.value)
  }

  /** Findings of one text; the JSON key it stands under is part of what is remembered. */
  find(text: string, key: string | null): readonly Finding[] {
    if (text.length < worthRemembering) return this.#scan(text, key, this.#options.names === true)
    const known = this.#memo.get(text, key)
    if (known !== undefined) return known
    const findings = this.#scan(text, key, this.#options.names === true)
    this.#memo.set(text, key, findings)
    return findings
  }

  /** As `find`, of a text that will hardly come again: a piece of an answer, a header. Names are not looked for in pieces. */
  findOnce(text: string, key: string | null): readonly Finding[] { return this.#scan(text, key, false) }

  #scan(text: string, key: string | null, names: boolean): readonly Finding[] {
    const { minConfidence, own, quasi } = this.#options
    const byRules = findEntities(text, key, minConfidence)
    const named = names ? withNames(text, byRules, minConfidence) : byRules
    const found = quasi === true ? withQuasi(text, key, named, minConfidence) : named
    if (own === undefined) return found
    const { findings, unseen } = own.find(text)
    if (findings.length + unseen.length === 0) return found
    const all = unseen.length === 0 ? cutOverlaps(text, [...findings, ...found]) : [...cutOverlaps(text, [...findings, ...found])]
    if (unseen.length > 0) this.#unseen.set(all, unseen)
    return all
  }
}

const answerDetectors = ({ remote = [] }: ClassifierOptions): AnswerDetectors | null => {
  const looking = remote.filter(({ spec }) => spec.sources.has('answer'))
  return looking.length === 0 ? null : new AnswerDetectors(looking)
}

const countKinds = (perLeaf: readonly LeafFindings[], pictures: readonly LeafPicture[] = []): EntityCounts => {
  const counts: Record<string, number> = {}
  for (const { findings } of [...perLeaf, ...pictures]) for (const { kind } of findings) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

const withUnseen = (classification: Classification, codes: readonly string[]): Classification =>
  codes.length === 0 ? classification : { ...classification, unseen: [...new Set([...classification.unseen, ...codes])].sort() }

/** Nobody knows what is in it, so it counts as the most sensitive there is. */
export const unseenLabel = 'unseen'
export const notSeen: Labels = Object.freeze({ labels: Object.freeze([unseenLabel]), sensitivity: 'restricted' })

const secret: Labels = Object.freeze({ labels: Object.freeze(['secret']), sensitivity: 'restricted' })
const personal: Labels = Object.freeze({ labels: Object.freeze(['pii']), sensitivity: 'internal' })
const secretHidden: Labels = Object.freeze({ labels: secret.labels, sensitivity: 'internal' })
const bothHidden: Labels = Object.freeze({ labels: Object.freeze(['pii', 'secret']), sensitivity: 'internal' })
const both: Labels = Object.freeze({ labels: Object.freeze(['pii', 'secret']), sensitivity: 'restricted' })

/**
 * Labels that entities put on what holds them. Personal data is hidden from models by duty, so it does not by itself ask for a more
 * trusted destination; a secret does, unless policy hides secrets from models, too.
 */
export const labelsOf = ({ entities }: Classification, secretsAreHidden = false): Labels => {
  let hasSecret = false
  let hasPersonal = false
  for (const kind in entities) {
    const nature = natureOf(kind as EntityKind)
    if (nature === 'secret') hasSecret = true
    else if (nature === 'personal') hasPersonal = true
  }
  if (!hasSecret) return hasPersonal ? personal : noLabels
  return secretsAreHidden ? (hasPersonal ? bothHidden : secretHidden) : hasPersonal ? both : secret
}
