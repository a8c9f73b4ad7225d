// Two definitions side by side for an operator, line by line. Everything is somebody else's text: nothing in it can move the cursor or stay
// invisible, and a text of several lines is shown as such.
import { showHidden } from './show-text.ts'

type Member = readonly [prefix: string, value: unknown]

const scalarLines = (value: unknown): string[] => {
  if (typeof value !== 'string') return [JSON.stringify(value)]
  // The line feeds stay visible as \n, and every line is a line of the comparison.
  return JSON.stringify(value).split(/(?<=(?<!\\)(?:\\\\){0,64}\\n)/)
}

const linesOf = (value: unknown): string[] => {
  const isList = Array.isArray(value)
  if (!isList && (typeof value !== 'object' || value === null)) return scalarLines(value)
  const members: Member[] = isList ? value.map(member => ['', member]) : Object.entries(value).map(([name, member]) => [`${JSON.stringify(name)}: `, member])
  if (members.length === 0) return [isList ? '[]' : '{}']
  const inner = members.flatMap(([prefix, member], index) => {
    const [first = '', ...rest] = linesOf(member)
    const lines = [`${prefix}${first}`, ...rest]
    const comma = index < members.length - 1 ? ',' : ''
    return lines.map((line, at) => `  ${line}${at === lines.length - 1 ? comma : ''}`)
  })
  return [isList ? '[' : '{', ...inner, isList ? ']' : '}']
}

/** The canonical text of a definition, indented; text that is not whole is shown as it is. */
export const definitionLines = (text: string): string[] => {
  const [json = '', ...numbers] = text.split('\n')
  const more = numbers.map(number => `a number is written ${number}`)
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return [text, '(only the beginning of it was kept)'].map(showHidden)
  }
  return [...linesOf(value), ...more].map(showHidden)
}

/** Cells of the table that finds what two texts have in common. */
const mostCells = 4_000_000

/** For each pair of beginnings' ends, how many lines the rests have in common. */
const commonTable = (before: readonly string[], after: readonly string[]): Uint32Array => {
  const width = after.length + 1
  const table = new Uint32Array((before.length + 1) * width)
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const at = i * width + j
      table[at] = before[i] === after[j] ? (table[at + width + 1] ?? 0) + 1 : Math.max(table[at + width] ?? 0, table[at + 1] ?? 0)
    }
  }
  return table
}

const differing = (before: readonly string[], after: readonly string[]): string[] => {
  const all = [...before.map(line => `- ${line}`), ...after.map(line => `+ ${line}`)]
  if ((before.length + 1) * (after.length + 1) > mostCells) return all
  const table = commonTable(before, after)
  const width = after.length + 1
  const out: string[] = []
  let [i, j] = [0, 0]
  while (i < before.length && j < after.length) {
    const at = i * width + j
    if (before[i] === after[j]) {
      out.push(`  ${before[i] ?? ''}`)
      i += 1
      j += 1
    } else if ((table[at + width] ?? 0) >= (table[at + 1] ?? 0)) {
      out.push(`- ${before[i] ?? ''}`)
      i += 1
    } else {
      out.push(`+ ${after[j] ?? ''}`)
      j += 1
    }
  }
  return [...out, ...before.slice(i).map(line => `- ${line}`), ...after.slice(j).map(line => `+ ${line}`)]
}

/** Lines with `-`, `+` or a space before them. */
export const diffLines = (before: readonly string[], after: readonly string[]): string[] => {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1
  let end = 0
  while (end < before.length - start && end < after.length - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1
  return [
    ...before.slice(0, start).map(line => `  ${line}`),
    ...differing(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(line => `  ${line}`),
  ]
}
