// Comma-separated values as RFC 4180 has them: quoted fields may hold commas, line ends and doubled quotes.

/** Records of a text, the head line included. */
export const readCsv = (text: string): string[][] => {
  const records: string[][] = []
  let record: string[] = []
  let at = 0
  while (at < text.length) {
    const { value, next } = text[at] === '"' ? quotedField(text, at + 1) : plainField(text, at)
    record.push(value)
    at = next
    if (text[at] === ',') {
      at += 1
      if (at === text.length) record.push('')
      else continue
    }
    records.push(record)
    record = []
    at = text[at] === '\r' ? at + 2 : at + 1
  }
  return records
}

const quotedField = (text: string, from: number): { value: string; next: number } => {
  let value = ''
  let at = from
  for (;;) {
    const quote = text.indexOf('"', at)
    if (quote === -1) throw new Error('a quoted field does not end')
    value += text.slice(at, quote)
    if (text[quote + 1] !== '"') return { value, next: quote + 1 }
    value += '"'
    at = quote + 2
  }
}

const plainField = (text: string, from: number): { value: string; next: number } => {
  let at = from
  while (at < text.length && text[at] !== ',' && text[at] !== '\n' && text[at] !== '\r') at += 1
  return { value: text.slice(from, at), next: at }
}
