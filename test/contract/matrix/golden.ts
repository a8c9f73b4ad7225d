// Golden files: what a cell looked like when somebody had read it against the specifications. They are written anew only with
// GOLDEN=write, and read again afterwards.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Case } from './cases.ts'
import type { Pair, Seen } from './run-cell.ts'

const folder = join(import.meta.dirname, 'golden')

export const goldenFile = ({ caller, provider }: Pair, one: Case): string => join(folder, caller[0], provider[0], `${one.name.replaceAll(' ', '-')}.txt`)

const line = (value: unknown): string => Array.isArray(value) && value.some(entry => typeof entry === 'object')
  ? `[\n${value.map(entry => `    ${JSON.stringify(entry)}`).join(',\n')}\n  ]`
  : JSON.stringify(value)

/** One line for each member, and for each entry of a list: short enough to be read, long enough to be compared. */
const readable = (json: string): string =>
  `{\n${Object.entries(JSON.parse(json) as object).map(([key, value]) => `  ${JSON.stringify(key)}: ${line(value)}`).join(',\n')}\n}`

/** One way of a cell: the provider's side, then the caller's. */
export const sectionOf = (way: 'whole' | 'stream', { asked, body, headers, status }: Seen): string =>
  `=== ${way}: the provider is asked\n${asked.line}\n\n${readable(asked.body)}\n\n=== ${way}: the caller is answered\n${[`HTTP ${status}`, ...headers].join('\n')}\n\n${body.trimEnd()}\n`

export const isWriting = process.env['GOLDEN'] === 'write'

/** The golden text of a cell, or null where there is none yet. */
export const goldenText = (pair: Pair, one: Case): string | null => {
  const file = goldenFile(pair, one)
  return existsSync(file) ? readFileSync(file, 'utf8') : null
}

export const writeGolden = (pair: Pair, one: Case, text: string): void => {
  const file = goldenFile(pair, one)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
