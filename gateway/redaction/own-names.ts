// Names of placeholders that somebody's own words hold, in whatever form: "[EMAIL_1]", "email 1", "EMAIL\\_1". An answer that quotes them must
// not get a value for the quotation.
import { stems } from '../exchange/kinds.ts'

const separator = '(?:\\\\?_|[- ])'
const stem = [...stems].sort((a, b) => b.length - a.length).map(one => one.replaceAll('_', separator)).join('|')
const anyName = new RegExp(`(${stem})${separator}{1,3}(\\d{1,6})(?!\\d)`, 'gi')

/** As we would write them. */
export const namesIn = (texts: Iterable<string>): ReadonlySet<string> => {
  const names = new Set<string>()
  for (const text of texts) {
    for (const [, found = '', number = ''] of text.matchAll(anyName)) names.add(`[${found.toUpperCase().replace(/[^A-Z]+/g, '_')}_${number}]`)
  }
  return names
}
