// Reads leaky-repo: configuration files with secrets in them, and how many lines of each are a risk or merely inform. Which lines these are
// it does not say; risk-lines.ts does.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { riskLinesOf, type RiskLines } from './risk-lines.ts'

export interface LeakyFile {
  readonly name: string
  readonly text: string
  /** How many lines hold a secret, as counted by the set. */
  readonly risk: number
  readonly lines: RiskLines
}

/** @param list text of secrets.csv: name, risk, informative; "#" begins a comment */
export const leakyCounts = (list: string): readonly { readonly name: string; readonly risk: number }[] =>
  list.split(/\r?\n/).filter(line => line.trim() !== '' && !line.startsWith('#')).map(line => {
    const [name = '', risk] = line.split(',')
    return { name, risk: Number(risk) }
  })

/** @param list path of .leaky-meta/secrets.csv */
export const readLeakyRepo = (list: string): readonly LeakyFile[] => {
  const root = dirname(dirname(list))
  return leakyCounts(readFileSync(list, 'utf8')).filter(({ name }) => existsSync(join(root, name)))
    .map(counts => ({ ...counts, text: readFileSync(join(root, counts.name), 'utf8'), lines: riskLinesOf(counts.name) }))
}
