// The bench's throughput as a bar chart in plain SVG: no script, no fonts of its own, readable on a light and a dark page.
import type { Table } from './rounds.ts'

const width = 760
const labelWidth = 330
const valueWidth = 120
const barHeight = 18
const gap = 6
const headHeight = 34

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

const colours: Readonly<Record<string, string>> = { direct: '#9aa5b1', bare: '#616e7c', off: '#2f9e76', on: '#2563c9', fresh: '#7a4fc9' }

/** Bars of one table start at zero; the direct row would flatten all others and is left to the table. */
const group = ({ title, rows }: Table, top: number): { svg: string; bottom: number } => {
  const shown = rows.filter(row => row.target.id !== 'direct')
  const most = Math.max(1, ...shown.map(row => row.requestsPerSecond))
  const bars = shown.map((row, index) => {
    const y = top + headHeight + index * (barHeight + gap)
    const length = Math.max(1, row.requestsPerSecond / most * (width - labelWidth - valueWidth))
    return `<text x="${labelWidth - 8}" y="${y + 13}" text-anchor="end">${escaped(row.target.label)}</text>`
      + `<rect x="${labelWidth}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" fill="${colours[row.target.id] ?? '#616e7c'}"/>`
      + `<text x="${(labelWidth + length + 6).toFixed(1)}" y="${y + 13}">${row.requestsPerSecond.toFixed(0)} req/s</text>`
  })
  return {
    svg: `<text x="12" y="${top + 22}" font-weight="bold">${escaped(title)}</text>\n${bars.join('\n')}`,
    bottom: top + headHeight + shown.length * (barHeight + gap) + 8,
  }
}

/** One group of bars per table. */
export const chartSvg = (tables: readonly Table[]): string => {
  let bottom = 0
  const groups = tables.map(table => {
    const drawn = group(table, bottom)
    bottom = drawn.bottom
    return drawn.svg
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom}" width="${width}" height="${bottom}" font-family="sans-serif" font-size="13">
<rect width="100%" height="100%" fill="#ffffff"/>
<g fill="#1f2933">
${groups.join('\n')}
</g>
</svg>
`
}
