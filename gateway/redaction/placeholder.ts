// The shape of placeholders: ASCII, closed by a bracket, no quotes and no angle brackets, so that JSON and HTML leave them alone.
// A literal of the same shape that somebody typed gets one space more on the way in and loses it on the way out.
import { stems } from '../exchange/kinds.ts'

/** Longest placeholder, literals with their spaces included; also longer than any hash token. */
export const maxPlaceholderLength = 24

// Longer ones first: one may begin like another.
const stem = `(?:${[...stems].sort((a, b) => b.length - a.length).join('|')})`

/** Every placeholder or literal that looks like one; spaces are what an escaped literal has. Eleven letters, six digits and four spaces are 24 characters. */
export const placeholderPattern = new RegExp(`\\[${stem}_\\d{1,6}( {0,4})\\]`, 'g')

/** Could this text hold one? A cheap question that most texts answer with no. */
export const mayHoldPlaceholder = (text: string): boolean => text.includes('[') && /\[[A-Z]{2}/.test(text)

/** JSON source may write the letters of one as escapes (`\u005b`), where nobody sees them before the string is decoded. */
export const sourceMayHoldPlaceholder = (source: string): boolean => mayHoldPlaceholder(source) || source.includes('\\u00')

/**
 * `[EMAIL_1]` as somebody's own words becomes `[EMAIL_1 ]`. With all spaces that the pattern allows it is left: it cannot be taken for a placeholder of ours.
 * @param isOurs placeholders that the writer has from us
 */
export const escapeLiterals = (text: string, isOurs: (placeholder: string) => boolean = () => false): string => mayHoldPlaceholder(text)
  ? text.replace(placeholderPattern, (found, spaces: string) => spaces.length < 4 && !isOurs(found) ? `${found.slice(0, -1)} ]` : found)
  : text
