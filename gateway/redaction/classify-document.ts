// Classifies documents: what is in which string. Results are remembered per text, so a history that is sent again costs a look-up.
import type { JsonDocument, StringLeaf } from '../exchange/document.ts'
import { nothingFound, type Classification, type EntityCounts, type Finding, type LeafFindings } from '../exchange/finding.ts'
import { natureOf, type EntityKind } from '../exchange/kinds.ts'
import { noLabels, type Labels } from '../exchange/labels.ts'
import { findEntities } from './find.ts'
import { TextMemo } from './text-memo.ts'

export interface ClassifierOptions {
  readonly minConfidence: number
  /** Upper bound of remembered text, in UTF-16 units times two. */
  readonly memoBytes: number
}

/** Nothing that is found has fewer characters (find.ts); the literal of a text has its two quotes besides. */
const shortest = 7
const quotes = 2

/** Shorter texts are scanned faster than they are looked up. */
const worthRemembering = 64

export class Classifier {
  readonly #options: ClassifierOptions
  readonly #memo: TextMemo<readonly Finding[]>

  constructor(options: ClassifierOptions) {
    this.#options = options
    this.#memo = new TextMemo(options.memoBytes)
  }

  /** @param ignores leaves that the protocol owns (ids, roles, images): neither scanned nor counted. */
  classify(document: JsonDocument, ignores: (leaf: StringLeaf) => boolean): Classification {
    let perLeaf: LeafFindings[] | undefined
    const { strings } = document
    for (let leaf = 0; leaf < strings.length; leaf += 1) {
      const string = strings[leaf] as StringLeaf
      if (string.end - string.start < (string.form === 'number' ? shortest : shortest + quotes) || ignores(string)) continue
      const findings = this.find(string.value, string.key)
      if (findings.length > 0) (perLeaf ??= []).push({ leaf, findings })
    }
    return perLeaf === undefined ? nothingFound : { perLeaf, entities: countKinds(perLeaf), unseen: nothingFound.unseen }
  }

  /** Findings of one text; the JSON key it stands under is part of what is remembered. */
  find(text: string, key: string | null): readonly Finding[] {
    if (text.length < worthRemembering) return findEntities(text, key, this.#options.minConfidence)
    const known = this.#memo.get(text, key)
    if (known !== undefined) return known
    const findings = findEntities(text, key, this.#options.minConfidence)
    this.#memo.set(text, key, findings)
    return findings
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
