// Text that is JSON source, such as the arguments of a tool call while they are told: values are looked for in what the source means, and
// what replaces them leaves it JSON.

const backslash = 92
const quote = 34

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }

const hexDigits = /^[0-9a-fA-F]{4}$/

export interface Decoded {
  readonly text: string
  /** Offset in the source of an offset in the text. */
  readonly at: (offset: number) => number
}

/** Resolves the escapes of a piece of source, wherever it begins; what is no whole escape stands for itself. */
export const decodeSource = (source: string): Decoded => {
  if (!source.includes('\\')) return { text: source, at: offset => offset }
  const starts = new Int32Array(source.length + 1)
  let text = ''
  let at = 0
  while (at < source.length) {
    starts[text.length] = at
    const next = source.charCodeAt(at) === backslash ? source.charAt(at + 1) : ''
    const hex = next === 'u' ? source.slice(at + 2, at + 6) : ''
    if (hexDigits.test(hex)) {
      text += String.fromCharCode(parseInt(hex, 16))
      at += 6
    } else if (next !== '' && next !== 'u') {
      text += escapes[next] ?? next
      at += 2
    } else {
      text += source.charAt(at)
      at += 1
    }
  }
  starts[text.length] = at
  return { text, at: offset => starts[offset] ?? source.length }
}

/** Whether a place in JSON source is inside a string. */
export const insideString = {
  after(source: string, from: number, to: number, inString: boolean): boolean {
    let inside = inString
    for (let at = from; at < to; at += 1) {
      const code = source.charCodeAt(at)
      if (code === backslash && inside) at += 1
      else if (code === quote) inside = !inside
    }
    return inside
  },

  /** Offset of the quote that ends the string that the source begins in, or -1. */
  endOf(source: string): number {
    for (let at = 0; at < source.length; at += 1) {
      const code = source.charCodeAt(at)
      if (code === backslash) at += 1
      else if (code === quote) return at
    }
    return -1
  },
} as const

const inNumber = (source: string, at: number): boolean => /[-+.\dEe]/.test(source.charAt(at))

interface Replacing {
  /** How far the source has been passed on. */
  readonly at: number
  readonly start: number
  readonly end: number
  readonly put: string
  /** At `at`. */
  readonly inString: boolean
}

interface Replaced { readonly text: string; readonly at: number; readonly inString: boolean }

/** A value outside of any string is a number, the whole of which becomes a string. */
const inPlaceOfNumber = (source: string, { at, put, ...place }: Replacing): Replaced => {
  let { start, end } = place
  while (start > at && inNumber(source, start - 1)) start -= 1
  while (end < source.length && inNumber(source, end)) end += 1
  return { text: source.slice(at, start) + (put === '' ? 'null' : JSON.stringify(put)), at: end, inString: false }
}

/** Passes the source on up to a value, and `put` in the value's place. Of a value that reaches over quotes only what is inside of strings goes. */
export const putInSource = (source: string, replacing: Replacing): Replaced => {
  const { at, start, end, put } = replacing
  let inString = insideString.after(source, at, start, replacing.inString)
  if (!inString && !source.slice(start, end).includes('"')) return inPlaceOfNumber(source, replacing)
  let text = source.slice(at, start)
  let left = JSON.stringify(put).slice(1, -1)
  for (let place = start; place < end; place += 1) {
    const code = source.charCodeAt(place)
    if (code === quote) {
      inString = !inString
      text += '"'
    } else if (!inString) text += source.charAt(place)
    else {
      text += left
      left = ''
      if (code === backslash) place += 1
    }
  }
  return { text, at: end, inString }
}
