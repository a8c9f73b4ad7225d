// Shows what somebody else wrote, on a terminal, so that it looks like what it is: no escape sequences, no invisible or turned-around text.

/** Everything outside printable ASCII, letters and marks of other scripts included: in a command line each is worth a second look. */
const unplain = /[^\x20-\x7e]/gu

const escaped = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`

/** One word of a command line: bare where nothing in it could be misread, else in double quotes. */
export const showWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `"${word.replace(/["\\]/g, '\\$&').replace(unplain, escaped)}"`

/** A command line as it will be run, without a shell: word by word. */
export const showCommand = (command: string, args: readonly string[]): string => [command, ...args].map(showWord).join(' ')

/** Text for people, e.g. a description: other scripts stay, control and formatting characters do not. */
export const showText = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escaped)

export const hasHiddenCharacters = (text: string): boolean => /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)

/** Everything that takes no place of its own or looks like a space and is none, and what has no meaning to read. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}| {12,}/gu

/** Text under suspicion: nothing in it stays invisible. Long runs of spaces, which push text out of sight, are counted. */
export const showHidden = (text: string): string => text.replace(unseen, found => found.length > 2 ? `\\u{20}×${found.length}` : escaped(found))
