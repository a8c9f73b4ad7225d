// Questions about single characters that the rules share.

export const isDigit = (code: number): boolean => code >= 48 && code <= 57

export const isLetter = (code: number): boolean => (code >= 65 && code <= 90) || (code >= 97 && code <= 122)

export const isLetterOrDigit = (code: number): boolean => isDigit(code) || isLetter(code)

/** Letters, digits and the underscore: what names in programs are made of. */
export const isWordCode = (code: number): boolean => isLetterOrDigit(code) || code === 95

export const isHex = (code: number): boolean => isDigit(code) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102)

/** Is there no letter, digit or underscore directly before and after the range? */
export const standsAlone = (text: string, start: number, end: number): boolean =>
  (start === 0 || !isWordCode(text.charCodeAt(start - 1))) && (end >= text.length || !isWordCode(text.charCodeAt(end)))

/** End of the run of digits that begins here, at most `most` of them. */
export const digitsEnd = (text: string, start: number, most = 40): number => {
  let end = start
  while (end - start < most && isDigit(text.charCodeAt(end))) end += 1
  return end
}

export const onlyDigits = (text: string): string => text.replace(/\D/g, '')

/** Is it the fraction or the whole part of a decimal number? */
export const isDecimal = (text: string, start: number, end: number): boolean =>
  text[start - 1] === '.' || (text[end] === '.' && isDigit(text.charCodeAt(end + 1)))
