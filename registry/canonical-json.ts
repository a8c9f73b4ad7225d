// One text for equal values, whatever order their members came in (RFC 8785: sorted by UTF-16 code units, numbers as ECMAScript writes them).

/** @param value parsed JSON; members that are undefined are left out */
export const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null)
  const record = value as Readonly<Record<string, unknown>>
  const members = Object.keys(record).filter(key => record[key] !== undefined).sort()
  return `{${members.map(key => `${JSON.stringify(key)}:${canonicalJson(record[key])}`).join(',')}}`
}
