// Tells bytes that hold nothing to read (images, sound, PDF) from text, however it is encoded. What is taken for such bytes is not looked at,
// so all of it has to have their form, and its beginning must not read as text.

// One alternative per character, so that it is linear.
const base64 = /^[A-Za-z0-9+/_\r\n-]*={0,2}$/

/** Characters of base64 that are decoded to see what they begin. */
const head = 128

const pdf = 'JVBERi'

/** Control characters that no text has, or no UTF-8 at all. */
const readsAsText = (bytes: Buffer): boolean => {
  for (const byte of bytes) if (byte < 9 || (byte > 13 && byte < 27)) return false
  // The last character may be cut.
  const text = bytes.toString('utf8')
  const broken = text.indexOf('\uFFFD')
  return broken === -1 || broken >= text.length - 3
}

/** Shorter ones could be a word as well, and cost nothing to look at. */
const shortest = 64

/** Base64 of something that is no text. */
export const isBinary = (value: string): boolean => {
  if (value.length < shortest || !base64.test(value)) return false
  return value.startsWith(pdf) || !readsAsText(Buffer.from(value.slice(0, head), 'base64'))
}

const dataUrl = /^data:[\w.+-]{1,64}\/[\w.+-]{1,128}(?:;[\w.+-]{1,64}=[\w.+-]{1,128}){0,4};base64,/

/** A `data:` address of something that is no text. */
export const isBinaryUrl = (value: string): boolean => {
  if (!value.startsWith('data:')) return false
  const header = dataUrl.exec(value.slice(0, 1024))
  return header !== null && isBinary(value.slice(header[0].length))
}

/** What ids, signatures and names of a protocol are made of. Nothing that is found as personal data has this form but numbers. */
const opaque = /^[\w.:+/=~#%$|-]*$/

/** Does it look like something that only a machine reads? */
export const isOpaque = (value: string): boolean => opaque.test(value)
