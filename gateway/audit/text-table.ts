// A table of text for terminals.

// Names come from callers: a control character must not reach the terminal of the operator who reads them.
export const plainText = (value: string | number): string => String(value).replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, '?')

/** @param rows the head first @returns lines without a newline at the end */
export const textTable = (rows: readonly (readonly (string | number)[])[]): string => {
  const cells = rows.map(row => row.map(plainText))
  const widths = (cells[0] ?? []).map((_, at) => Math.max(...cells.map(row => row[at]?.length ?? 0)))
  return cells.map(row => row.map((text, at) => text.padEnd(widths[at] ?? 0)).join('  ').trimEnd()).join('\n')
}
