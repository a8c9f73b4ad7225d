// What a verification found, and how it is told on a terminal.

/** `swapped` and `dropped` name the first record concerned. `moved`: a record that stands where none belongs, such as a copy. */
export type ProblemKind = 'flipped' | 'dropped' | 'swapped' | 'moved' | 'cut' | 'forged' | 'changed' | 'no_head' | 'bad_head' | 'no_key' | 'missing'
/** What a crash leaves behind, or a log that is being written while it is read. */
export type WarningKind = 'torn' | 'unsealed' | 'unfinished'

export interface Finding<Kind> {
  readonly kind: Kind
  readonly file: string
  /** Line in the file, from 1. */
  readonly line: number
  /** Position in the chain. */
  readonly seq: number
  readonly message: string
}

export interface VerifyReport {
  /** True when nothing was altered or removed. Warnings do not count. */
  readonly ok: boolean
  readonly files: number
  readonly records: number
  /** Signed checkpoints that hold. */
  readonly checkpoints: number
  readonly lastSeq: number
  readonly lastHash: string
  /** The first hundred of each; the totals are exact. */
  readonly problems: readonly Finding<ProblemKind>[]
  readonly warnings: readonly Finding<WarningKind>[]
  readonly problemCount: number
  readonly warningCount: number
}

const place = ({ file, line, seq, kind, message }: Finding<string>): string => `${file}:${line}  record ${seq}  ${kind}: ${message}`

const more = (total: number, shown: number): string[] => total > shown ? [`… and ${total - shown} more`] : []

/** Several lines of text, without a newline at the end. */
export const formatVerifyReport = (report: VerifyReport): string => [
  `${report.ok ? 'The audit log is intact' : 'THE AUDIT LOG WAS ALTERED'}: ${report.records} records in ${report.files} files, ${report.checkpoints} checkpoints.`,
  `last record ${report.lastSeq}, sha256 ${report.lastHash}`,
  ...report.problems.map(finding => `problem  ${place(finding)}`), ...more(report.problemCount, report.problems.length),
  ...report.warnings.map(finding => `warning  ${place(finding)}`), ...more(report.warningCount, report.warnings.length),
].join('\n')
