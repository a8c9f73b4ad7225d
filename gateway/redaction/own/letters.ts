// What a word is made of, by UTF-16 unit, and which units are the same letter in another case. Scripts that put no space between words
// (Chinese, Japanese, Thai …) and everything beyond the basic plane have no words of several characters: each unit stands for itself.

export const separator = 0
export const letter = 1
/** Whole in itself: nothing beside it makes it a part of a longer word. */
export const single = 2

interface Letters {
  readonly classes: Uint8Array
  readonly folded: Uint16Array
}

const isSingle = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
const isLetter = /[\p{L}\p{M}\p{N}]/u
const finalSigma = 0x3c2
const sigma = 0x3c3

const foldOf = (code: number): number => {
  if (code === finalSigma) return sigma
  // What becomes several units in lower case ("İ") stays as it is: offsets must not move.
  const lower = String.fromCharCode(code).toLowerCase()
  return lower.length === 1 ? lower.charCodeAt(0) : code
}

const make = (): Letters => {
  const classes = new Uint8Array(0x10000)
  const folded = new Uint16Array(0x10000)
  for (let code = 0; code < 0x10000; code += 1) {
    const character = String.fromCharCode(code)
    classes[code] = (code >= 0xd800 && code <= 0xdfff) || isSingle.test(character) ? single : isLetter.test(character) ? letter : separator
    folded[code] = foldOf(code)
  }
  return { classes, folded }
}

let made: Letters | undefined

/** The tables (192 KiB); made at the first use, because most gateways have no word lists. */
export const letters = (): Letters => made ??= make()

/** Lower case, unit by unit: as long as the text itself. */
export const fold = (text: string): string => {
  const { folded } = letters()
  let out = ''
  for (let at = 0; at < text.length; at += 1) out += String.fromCharCode(folded[text.charCodeAt(at)] ?? 0)
  return out
}

/** End of the word that begins at an offset, where one does. */
export const wordEnd = (classes: Uint8Array, text: string, at: number): number => {
  if (classes[text.charCodeAt(at)] !== letter) return at + 1
  let end = at + 1
  while (end < text.length && classes[text.charCodeAt(end)] === letter) end += 1
  return end
}
