// What an operator's own detectors are. They are compiled when the configuration is read; a text that one of them could not look through to
// its end is reported as such, never as clean.
import type { EntityKind, Finding } from '../../exchange/finding.ts'
import type { Labels } from '../../exchange/labels.ts'

export type Report = (start: number, end: number) => void

export interface OwnDetector {
  readonly kind: EntityKind
  /** Put on what holds it, beside what its kind says. */
  readonly labels: Labels
  /** Fewest UTF-16 units of a text that can hold one. */
  readonly shortest: number
  /** @returns false where it gave up before the end of the text */
  find(text: string, report: Report): boolean
}

/** What all of them say of one text. */
export interface OwnFindings {
  /** In no order and with overlaps. */
  readonly findings: readonly Finding[]
  /** Codes of those that gave up. */
  readonly unseen: readonly string[]
}

export interface OwnDetectors {
  readonly shortest: number
  readonly labels: ReadonlyMap<EntityKind, Labels>
  find(text: string): OwnFindings
}

const nothing: OwnFindings = Object.freeze({ findings: Object.freeze([]), unseen: Object.freeze([]) })

/** How `data.unseen` names a detector that failed. */
export const unseenBy = (detector: string): string => `detector:${detector}`

/** Joins detectors into one. What an operator says himself is certain: where it meets what else was found, it wins. */
export const joinOwn = (detectors: readonly OwnDetector[]): OwnDetectors => ({
  shortest: Math.min(Infinity, ...detectors.map(({ shortest }) => shortest)),
  labels: new Map(detectors.map(({ kind, labels }) => [kind, labels])),
  find: text => {
    if (detectors.length === 0) return nothing
    const findings: Finding[] = []
    const unseen: string[] = []
    for (const detector of detectors) {
      const { kind, shortest } = detector
      if (text.length < shortest) continue
      if (!detector.find(text, (start, end) => { findings.push({ kind, start, end, confidence: 1 }) })) unseen.push(unseenBy(kind))
    }
    return findings.length + unseen.length === 0 ? nothing : { findings, unseen }
  },
})
