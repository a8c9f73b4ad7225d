// Questions about single characters that the rules share.

export const isDigit = (code: number): boolean => code >= 48 && code <= 57

export const isLetter = (code: number): boolean => (code >= 65 && code <= 90) || (code >= 97 && code <= 122)

export const isLetterOrDigit = (code: number): boolean => isDigit(code) || isLetter(code)

/** Letters, digits and the underscore: what names in programs are made of. */
export const isWordCode = (code: number): boolean => isLetterOrDigit(code) || code === 95

export const isHex = (code: number): boolean => isDigit(code) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102)

const backslash = 92

/** Letters of the escapes that stand for white space in JSON and in most languages: \b, \f, \n, \r, \t. */
export const isEscapeLetter = (code: number): boolean => code === 110 || code === 116 || code === 114 || code === 98 || code === 102

/** Is there a letter, digit or underscore directly before? In text that is JSON or source itself, the letter of "\n" is none. */
export const continuesWord = (text: string, at: number): boolean => {
  if (at <= 0) return false
  const before = text.charCodeAt(at - 1)
  return isWordCode(before) && !(isEscapeLetter(before) && text.charCodeAt(at - 2) === backslash)
}

/** Is there no letter, digit or underscore directly before and after the range? */
export const standsAlone = (text: string, start: number, end: number): boolean =>
  !continuesWord(text, start) && (end >= text.length || !isWordCode(text.charCodeAt(end)))

/** Where what begins here begins without the rest of an escape, whose backslash would be left alone: "\nanna" is "anna". */
export const behindEscape = (text: string, start: number): number => {
  if (text.charCodeAt(start - 1) !== backslash) return start
  return isEscapeLetter(text.charCodeAt(start)) ? start + 1 : /^u[\da-f]{4}/i.test(text.slice(start, start + 5)) ? start + 5 : start
}

/** End of the run of digits that begins here, at most `most` of them. */
export const digitsEnd = (text: string, start: number, most = 40): number => {
  let end = start
  while (end - start < most && isDigit(text.charCodeAt(end))) end += 1
  return end
}

/** End of the ASCII letters that begin here, at most `most` of them. */
export const wordEnd = (text: string, start: number, most: number): number => {
  let end = start
  while (end - start < most && isLetter(text.charCodeAt(end))) end += 1
  return end
}

export const onlyDigits = (text: string): string => text.replace(/\D/g, '')

/** Is it the fraction or the whole part of a decimal number? */
export const isDecimal = (text: string, start: number, end: number): boolean =>
  text[start - 1] === '.' || (text[end] === '.' && isDigit(text.charCodeAt(end + 1)))
