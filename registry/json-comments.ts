// JSON with comments, as editors keep it: comments and trailing commas become blanks, so that offsets in errors stay true.

const stringOrComment = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g
const stringOrComma = /"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])/g

const blank = (text: string): string => text.replace(/[^\r\n]/g, ' ')

/** The same text as plain JSON; what is no JSON either way stays wrong. */
export const withoutComments = (text: string): string => text
  .replace(/^\uFEFF/, '')
  .replace(stringOrComment, found => found.startsWith('"') ? found : blank(found))
  .replace(stringOrComma, found => found.startsWith('"') ? found : ' ')
