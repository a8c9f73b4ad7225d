// Finds where a text stops being JSON, for error messages only: JSON.parse's own messages quote the text, and texts hold secrets.

const tokens = /[{}[\],:"]|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9.eE+-])|(?:true|false|null)(?![A-Za-z0-9_])/y
const whiteSpace = /[ \t\n\r]*/y
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

type Expect = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma' | 'end'

const opens = (token: string): boolean => token === '{' || token === '['
const wantsValue = (expect: Expect): boolean => expect === 'value' || expect === 'value or ]'

const afterValue = (open: readonly string[]): Expect => open.length === 0 ? 'end' : 'comma'

const afterClosing = (expect: Expect, token: ']' | '}', open: string[]): Expect | null => {
  const closable = expect === 'comma' || expect === (token === ']' ? 'value or ]' : 'key or }')
  return closable && open.pop() === (token === ']' ? '[' : '{') ? afterValue(open) : null
}

/** What may follow a token, or null where the token itself is wrong. `open` is changed by brackets. */
const step = (expect: Expect, token: string, open: string[]): Expect | null => {
  if (token === ']' || token === '}') return afterClosing(expect, token, open)
  if (token === ',') return expect !== 'comma' ? null : open.at(-1) === '{' ? 'key' : 'value'
  if (token === ':') return expect === 'colon' ? 'value' : null
  if (expect === 'key' || expect === 'key or }') return token === '"' ? 'colon' : null
  if (!wantsValue(expect)) return null
  if (!opens(token)) return afterValue(open)
  open.push(token)
  return token === '{' ? 'key or }' : 'value or ]'
}

/** Offset behind the string that opens at `start`, or -1. A loop, because a regular expression would need a stack as deep as the string is long. */
const stringEnd = (text: string, start: number): number => {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 0x22) return at + 1
    if (code < 0x20) return -1
    if (code !== 0x5c) continue
    escape.lastIndex = at
    if (!escape.test(text)) return -1
    at = escape.lastIndex - 1
  }
  return -1
}

/** Offset of the first character or string that cannot stand where it stands; the length of the text when it ends too early. */
export const syntaxErrorAt = (text: string): number => {
  const open: string[] = []
  let expect: Expect = 'value'
  let at = 0
  for (;;) {
    whiteSpace.lastIndex = at
    whiteSpace.test(text)
    at = tokens.lastIndex = whiteSpace.lastIndex
    const token = tokens.exec(text)?.[0]
    const end = token === '"' ? stringEnd(text, at) : tokens.lastIndex
    const next: Expect | null = token === undefined || end === -1 ? null : step(expect, token, open)
    if (next === null) return at
    expect = next
    at = end
  }
}
