// A cost report on a terminal.
import type { CostRow, CostSums, CostsReport } from './costs-report.ts'
import { plainText } from './text-table.ts'

const columns: readonly (readonly [string, (sums: CostSums) => string])[] = [
  ['calls', sums => String(sums.calls)], ['models', sums => String(sums.model_calls)], ['tools', sums => String(sums.tool_calls)],
  ['tokens in', sums => String(sums.tokens_in)], ['out', sums => String(sums.tokens_out)],
  ['cache read', sums => String(sums.cache_read)], ['written', sums => String(sums.cache_write)],
  ['usd', sums => sums.cost_usd.toFixed(6)], ['amplified', sums => sums.amplification === null ? '-' : `${sums.amplification}x`],
  ['refused', sums => String(sums.refused)], ['failed', sums => String(sums.failed)], ['replayed', sums => String(sums.replayed)],
]

const lineOf = (name: string, sums: CostSums): string[] => [plainText(name), ...columns.map(([, value]) => value(sums))]

const remarks = ({ broken, by, rows, totals }: CostsReport, shown: readonly CostRow[]): string[] => [
  ...shown.length < rows.length ? [`${rows.length - shown.length} more rows (--top).`] : [],
  ...by === 'group' ? ['A call counts for each group of its subject, and once in the total.'] : [],
  ...totals.price_versions.length > 0 ? [`Price lists: ${totals.price_versions.map(plainText).join(', ')}`] : [],
  ...totals.unpriced > 0 ? [`${totals.unpriced} answers had no price; they count as 0 USD.`] : [],
  ...broken > 0 ? [`${broken} lines of the log cannot be read and are missing here; \`portcullis audit verify\` says which.`] : [],
]

/** Several lines of text, without a newline at the end. `top`: rows that are shown. */
export const formatCosts = (report: CostsReport, top: number): string => {
  const shown = report.rows.slice(0, top)
  const nothing = remarks(report, shown)
  if (report.rows.length === 0) return ['No calls are on record for this time.', ...nothing].join('\n')
  const table = [[report.by, ...columns.map(([name]) => name)], ...shown.map(row => lineOf(row.name, row)), lineOf('total', report.totals)]
  const widths = table[0]?.map((_, at) => Math.max(...table.map(line => line[at]?.length ?? 0))) ?? []
  const text = table.map(line => line.map((value, at) => at === 0 ? value.padEnd(widths[at] ?? 0) : value.padStart(widths[at] ?? 0)).join('  '))
  return [...text, ...nothing].join('\n')
}
