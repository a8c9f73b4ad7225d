// Alphabets of secrets as bit masks: one table look-up tells whether a character belongs to one, so a format is matched without expressions.

const bits = {
  digit27: 1, digit0189: 2, lowerHex: 4, upperHex: 8, lowerRest: 16, upperRest: 32, underscore: 64, hyphen: 128, dot: 256, plus: 512, slash: 1024, equals: 2048, percent: 4096, tilde: 8192,
} as const

const digit = bits.digit27 | bits.digit0189
const upper = bits.upperHex | bits.upperRest
const letter = bits.lowerHex | bits.lowerRest | upper
const alphanumeric = digit | letter
const slug = alphanumeric | bits.underscore | bits.hyphen

/** The letters that stand for alphabets in the table of formats. */
export const alphabets: Readonly<Record<string, number>> = {
  d: digit, x: digit | bits.lowerHex, X: digit | bits.lowerHex | bits.upperHex, l: digit | bits.lowerHex | bits.lowerRest, u: digit | upper, t: bits.digit27 | upper,
  a: letter, n: alphanumeric, w: alphanumeric | bits.underscore, s: slug, q: slug | bits.dot, e: slug | bits.equals, b: alphanumeric | bits.plus | bits.slash,
  z: alphanumeric | bits.plus | bits.slash | bits.equals, y: slug | bits.plus | bits.slash | bits.equals, p: slug | bits.plus | bits.slash | bits.percent, r: slug | bits.dot | bits.tilde,
}

const atoms = new Uint16Array(128)
const put = (characters: string, bit: number): void => { for (const character of characters) atoms[character.charCodeAt(0)] = bit }
put('234567', bits.digit27)
put('0189', bits.digit0189)
put('abcdef', bits.lowerHex)
put('ABCDEF', bits.upperHex)
put('ghijklmnopqrstuvwxyz', bits.lowerRest)
put('GHIJKLMNOPQRSTUVWXYZ', bits.upperRest)
for (const [character, bit] of [['_', bits.underscore], ['-', bits.hyphen], ['.', bits.dot], ['+', bits.plus], ['/', bits.slash], ['=', bits.equals], ['%', bits.percent], ['~', bits.tilde]] as const) put(character, bit)

/** Does a UTF-16 unit belong to an alphabet? */
export const within = (code: number, mask: number): boolean => code < 128 && ((atoms[code] ?? 0) & mask) !== 0

/** Offset behind the run of an alphabet's characters that begins here, `most` characters at the most. */
export const runEnd = (text: string, start: number, mask: number, most: number): number => {
  const last = Math.min(text.length, start + most)
  let end = start
  while (end < last && within(text.charCodeAt(end), mask)) end += 1
  return end
}

/** Offset where the run that ends here begins, `most` characters back at the most. */
export const runStart = (text: string, end: number, mask: number, most: number): number => {
  const first = Math.max(0, end - most)
  let start = end
  while (start > first && within(text.charCodeAt(start - 1), mask)) start -= 1
  return start
}

export const masks = { digit, letter, alphanumeric, word: alphanumeric | bits.underscore, slug, hex: digit | bits.lowerHex | bits.upperHex, base64: alphanumeric | bits.plus | bits.slash } as const
