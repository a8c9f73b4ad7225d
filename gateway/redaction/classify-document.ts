// Classifies documents: what is in which string. Results are remembered per text, so a history that is sent again costs a look-up.
import type { JsonDocument, StringLeaf } from '../exchange/document.ts'
import { nothingFound, type Classification, type EntityCounts, type Finding, type LeafFindings } from '../exchange/finding.ts'
import { natureOf, type EntityKind } from '../exchange/kinds.ts'
import { noLabels, type Labels } from '../exchange/labels.ts'
import { findEntities } from './find.ts'

export interface ClassifierOptions {
  readonly minConfidence: number
  /** Upper bound of remembered text, in UTF-16 units times two. */
  readonly memoBytes: number
}

/** Shorter texts are scanned faster than they are looked up. */
const worthRemembering = 64

export class Classifier {
  readonly #options: ClassifierOptions
  #memo = new Map<string, readonly Finding[]>()
  #older = new Map<string, readonly Finding[]>()
  #bytes = 0

  constructor(options: ClassifierOptions) { this.#options = options }

  /** @param ignores leaves that the protocol owns (ids, roles, images): neither scanned nor counted. */
  classify(document: JsonDocument, ignores: (leaf: StringLeaf) => boolean): Classification {
    let perLeaf: LeafFindings[] | undefined
    const { strings } = document
    for (let leaf = 0; leaf < strings.length; leaf += 1) {
      const string = strings[leaf] as StringLeaf
      // A literal of nine characters holds seven of text: nothing shorter is found in.
      if (string.end - string.start < 9 || ignores(string)) continue
      const findings = this.find(string.value, string.key)
      if (findings.length > 0) (perLeaf ??= []).push({ leaf, findings })
    }
    return perLeaf === undefined ? nothingFound : { perLeaf, entities: countKinds(perLeaf), unseen: nothingFound.unseen }
  }

  /** Findings of one text; the JSON key it stands under is part of what is remembered. */
  find(text: string, key: string | null): readonly Finding[] {
    if (text.length < worthRemembering) return findEntities(text, key, this.#options.minConfidence)
    // Whatever either of them holds, two pairs never make the same memo key.
    const memoKey = key === null ? `-${text}` : `${key.length}:${key}${text}`
    const known = this.#memo.get(memoKey)
    if (known !== undefined) return known
    const findings = this.#older.get(memoKey) ?? findEntities(text, key, this.#options.minConfidence)
    this.#remember(memoKey, findings)
    return findings
  }

  // Two generations instead of an exact LRU: when the young one is full it becomes the old one, and what is still used moves back in.
  #remember(memoKey: string, findings: readonly Finding[]): void {
    const bytes = memoKey.length * 2 + 64
    if (bytes * 2 > this.#options.memoBytes) return
    if ((this.#bytes + bytes) * 2 > this.#options.memoBytes) {
      this.#older = this.#memo
      this.#memo = new Map()
      this.#bytes = 0
    }
    this.#memo.set(memoKey, findings)
    this.#bytes += bytes
  }
}

const countKinds = (perLeaf: readonly LeafFindings[]): EntityCounts => {
  const counts: Record<string, number> = {}
  for (const { findings } of perLeaf) for (const { kind } of findings) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

const secret: Labels = Object.freeze({ labels: Object.freeze(['secret']), sensitivity: 'restricted' })
const personal: Labels = Object.freeze({ labels: Object.freeze(['pii']), sensitivity: 'internal' })
const both: Labels = Object.freeze({ labels: Object.freeze(['pii', 'secret']), sensitivity: 'restricted' })

/**
 * Labels that entities put on what holds them. Personal data is hidden from models by duty, so it does not by itself ask for a more
 * trusted destination; a secret does.
 */
export const labelsOf = ({ entities }: Classification): Labels => {
  let hasSecret = false
  let hasPersonal = false
  for (const kind in entities) {
    const nature = natureOf(kind as EntityKind)
    if (nature === 'secret') hasSecret = true
    else if (nature === 'personal') hasPersonal = true
  }
  return hasSecret ? (hasPersonal ? both : secret) : hasPersonal ? personal : noLabels
}
