// What the demo prints. A claim is printed only after it was checked; one that does not hold ends the demo with exit code 1.
import assert from 'node:assert/strict'
import { inspect } from 'node:util'

const colour = process.stdout.isTTY && process.env['NO_COLOR'] === undefined
const paint = (code: number) => (text: string): string => colour ? `\u001b[${code}m${text}\u001b[0m` : text

export const bold = paint(1)
export const dim = paint(2)
export const green = paint(32)

export const say = (text: string): void => { process.stdout.write(`${text}\n`) }

const short = (text: string, most = 150): string => text.length > most ? `${text.slice(0, most - 1)}…` : text

/** A line of the story: who says what. */
export const line = (who: string, text: string): void => { say(`   ${dim(who.padEnd(14))}${short(text.replace(/\s+/g, ' '))}`) }

/** A claim that holds. @throws AssertionError when it does not */
export const claim = (text: string, holds: boolean, seen?: unknown): void => {
  assert.ok(holds, `${text}: not so.${seen === undefined ? '' : ` Seen: ${inspect(seen, { depth: 4 })}`}`)
  say(`   ${green('✓')} ${text}`)
}

/** A table with columns as wide as their widest cell. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): void => {
  const cells = [head, ...rows].map(row => row.map(cell => short(cell, 44)))
  const widths = head.map((_, column) => Math.max(...cells.map(row => (row[column] ?? '').length)))
  cells.forEach((row, index) => {
    const text = `   ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()}`
    say(index === 0 ? bold(text) : text)
  })
}
