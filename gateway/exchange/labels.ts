// What is known about the content of an exchange: labels, one ordered sensitivity, and counted entities.
import { sensitivities, type Sensitivity } from '../../policies/engine/contract.ts'

export { sensitivities, type Sensitivity }

/** Position in the order public < internal < confidential < restricted. */
export const sensitivityRank = (value: Sensitivity): number => sensitivities.indexOf(value)

/** The higher of the two. */
export const maxSensitivity = (a: Sensitivity, b: Sensitivity): Sensitivity =>
  sensitivityRank(a) >= sensitivityRank(b) ? a : b

export interface Labels {
  /** Sorted and without duplicates, so that equal sets serialise equally. */
  readonly labels: readonly string[]
  readonly sensitivity: Sensitivity
}

export const noLabels: Labels = Object.freeze({ labels: Object.freeze([]), sensitivity: 'public' })

/** Union of the labels, maximum of the sensitivities. Returns `a` itself when `b` adds nothing. */
export const joinLabels = (a: Labels, b: Labels): Labels => {
  if (b.labels.every(label => a.labels.includes(label)) && sensitivityRank(b.sensitivity) <= sensitivityRank(a.sensitivity)) return a
  return {
    labels: [...new Set([...a.labels, ...b.labels])].sort(),
    sensitivity: maxSensitivity(a.sensitivity, b.sensitivity),
  }
}
