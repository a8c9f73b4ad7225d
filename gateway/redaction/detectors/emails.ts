// E-mail addresses.
import type { Rule } from '../rule.ts'
import { behindEscape, isLetterOrDigit, isWordCode } from './characters.ts'

// Latin letters with marks: internationalised addresses (RFC 6531) are common where names have umlauts.
const isMarked = (code: number): boolean => code >= 0xC0 && code <= 0x24F && code !== 0xD7 && code !== 0xF7
const inLocal = (code: number): boolean => isWordCode(code) || code === 46 || code === 43 || code === 45 || code === 37 || code === 39 || isMarked(code)
const inHost = (code: number): boolean => isWordCode(code) || code === 46 || code === 45 || isMarked(code)

const hostPattern = /^(?:[a-z0-9\u00c0-\u024f](?:[a-z0-9\u00c0-\u024f-]{0,61}[a-z0-9\u00c0-\u024f])?\.)+[a-z]{2,24}$/i
/** `logo@2x.png`: an image for a sharper screen, not a mailbox. */
const scaledImage = /^\dx\.(?:png|jpe?g|gif|webp|svg|avif)$/i

/** RFC 5321: at most 64 characters before the "@", 255 behind it; the windows are bounded by these. */
export const emails: Rule = {
  kinds: ['email'],
  triggers: { characters: '@' },
  find: (scan, at) => {
    const { text } = scan
    let start = at
    while (start > 0 && at - start < 64 && inLocal(text.charCodeAt(start - 1))) start -= 1
    start = behindEscape(text, start)
    while (start < at && !isWordCode(text.charCodeAt(start)) && !isMarked(text.charCodeAt(start))) start += 1
    if (start >= at) return
    let end = at + 1
    while (end < text.length && end - at < 256 && inHost(text.charCodeAt(end))) end += 1
    while (end > at + 1 && !isLetterOrDigit(text.charCodeAt(end - 1))) end -= 1
    const host = text.slice(at + 1, end)
    if (hostPattern.test(host) && !scaledImage.test(host)) scan.add('email', start, end, 0.98)
  },
}
