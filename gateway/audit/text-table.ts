// A table of text for terminals.

// Names come from callers: a control character must not reach the terminal of the operator who reads them.
const cell = (value: string | number): string => String(value).replaceAll(/\p{Cc}/gu, '?')

/** @param rows the head first @returns lines without a newline at the end */
export const textTable = (rows: readonly (readonly (string | number)[])[]): string => {
  const cells = rows.map(row => row.map(cell))
  const widths = (cells[0] ?? []).map((_, at) => Math.max(...cells.map(row => row[at]?.length ?? 0)))
  return cells.map(row => row.map((text, at) => text.padEnd(widths[at] ?? 0)).join('  ').trimEnd()).join('\n')
}
