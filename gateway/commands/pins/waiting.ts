// What waits for an operator, and how it is shown: what was approved beside what is shown now.
import { definitionLines, diffLines } from '../../../registry/definition-diff.ts'
import { showHidden, showWord } from '../../../registry/show-text.ts'
import type { KnownPin } from '../../upstream/pins/known-pins.ts'
import type { DefinitionRow, PinFile, PinKey } from '../../upstream/pins/pin-file.ts'

export interface Waiting {
  readonly pin: KnownPin
  /** What would be approved: of several the one seen last. */
  readonly definition: DefinitionRow
  /** Other definitions that were shown under this name. */
  readonly others: number
}

/** The definition of a name that is not approved, if there is one. */
export const waitingOf = (pin: KnownPin): Waiting[] => {
  const pending = [...pin.definitions.values()].filter(({ digest }) => digest !== pin.row.approved).sort((a, b) => b.lastSeen - a.lastSeen || b.firstSeen - a.firstSeen)
  const [definition] = pending
  return definition === undefined ? [] : [{ pin, definition, others: pending.length - 1 }]
}

export const nameOf = ({ server, kind, name }: PinKey): string => kind === 'instructions' ? `${showWord(server)} ${kind}` : `${showWord(server)} ${kind} ${showWord(name)}`

const timeOf = (ms: number | null): string => ms === null ? 'never' : new Date(ms).toISOString()

const linesOf = (file: PinFile, key: PinKey, digest: string | null): { readonly lines: readonly string[]; readonly cut: boolean } => {
  const found = digest === null ? null : file.text(key, digest)
  if (found === null) return { lines: [], cut: false }
  return { lines: definitionLines(found.text), cut: found.length > found.text.length }
}

/** Lines about one definition that waits. */
export const showWaiting = (file: PinFile, { pin: { row }, definition, others }: Waiting): string[] => {
  const base = row.approved ?? row.formerly
  const before = linesOf(file, row, base)
  const after = linesOf(file, row, definition.digest)
  const was = row.approved !== null ? `approved ${timeOf(row.approvedAt)} (${showHidden(row.approvedBy ?? '')})`
    : row.formerly === null ? 'nothing was approved yet' : 'approved when the server came from elsewhere'
  return [
    nameOf(row),
    `  ${base ?? 'none'}  ${was}`,
    `  ${definition.digest}  shown since ${timeOf(definition.firstSeen)}`,
    ...definition.flags.map(({ code, reason }) => `  ! ${code}: ${showHidden(reason)}`),
    ...before.cut || after.cut ? ['  ! it is so long that only the beginning was kept: what is not shown below can differ'] : [],
    ...others > 0 ? [`  ! ${others} other definition${others === 1 ? ' was' : 's were'} shown under this name; this is the one seen last`] : [],
    ...base === definition.digest ? ['  It is the same as then.'] : [],
    ...diffLines(before.lines, after.lines).map(line => `  ${line}`),
    '',
  ]
}
