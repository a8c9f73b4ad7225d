// Does a resource URI belong to a server's URI template (RFC 6570)? Linear time: templates and URIs both come from strangers.

export interface UriTemplate { matches(uri: string): boolean }

/** A template must name its scheme itself: one that begins with an expression would claim every other server's resources. */
const hasOwnScheme = /^[a-zA-Z][a-zA-Z0-9+.-]{0,31}:[^{]/

interface Part { readonly spansSlashes: boolean; readonly literal: string }

/** Returns null for templates that are malformed or claim too much. */
export const readUriTemplate = (template: string): UriTemplate | null => {
  if (!hasOwnScheme.test(template)) return null
  const [prefix = '', ...rest] = template.split('{')
  const parts: Part[] = []
  for (const piece of rest) {
    const close = piece.indexOf('}')
    if (close < 1) return null
    // "+", "#", "/", "?", "&", ";" and "." expand to text that may hold slashes; a plain name does not.
    parts.push({ spansSlashes: /[^a-zA-Z0-9_%]/.test(piece[0] ?? ''), literal: piece.slice(close + 1) })
  }
  return { matches: uri => uri.startsWith(prefix) && matchParts(uri, prefix.length, parts) }
}

const matchParts = (uri: string, from: number, parts: readonly Part[]): boolean => {
  let at = from
  for (let index = 0; index < parts.length; index += 1) {
    const { literal, spansSlashes } = parts[index] as Part
    const isLast = index === parts.length - 1
    // The leftmost place is enough for deciding ownership: where it fails, the URI is unknown, never another server's.
    const end = isLast ? endOfLast(uri, at, literal) : uri.indexOf(literal, at)
    if (end === -1 || (!spansSlashes && uri.slice(at, end).includes('/'))) return false
    at = end + literal.length
  }
  return at === uri.length
}

const endOfLast = (uri: string, at: number, literal: string): number => {
  const end = uri.length - literal.length
  return end >= at && uri.endsWith(literal) ? end : -1
}
