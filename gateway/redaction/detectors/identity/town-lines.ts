// Lines of addresses that need no street: towns with state and ZIP code, codes that are no other thing, military mail, corners, and flats.
import type { Rule, Scan } from '../../rule.ts'
import { isDigit, isLetterOrDigit } from '../characters.ts'
import { tailOf, town } from './address-tails.ts'
import { canadianCode, states, ukPostcode } from './streets.ts'

const beforeZip = new RegExp(`(?<![\\p{L}\\d])(${town}(?:,|\\n *,?)? ?(?:${states})\\.?,?(?: |\\n *))$`, 'u')

const isCapital = (code: number): boolean => code >= 65 && code <= 90

/** Offset of the two capitals before a number, "TX 75001"; -1 where none stand there. */
const stateBefore = (text: string, at: number): number => {
  let end = at
  while (at - end < 4 && (text.charCodeAt(end - 1) === 32 || text.charCodeAt(end - 1) === 10)) end -= 1
  return end < at && isCapital(text.charCodeAt(end - 1)) && isCapital(text.charCodeAt(end - 2)) && !isLetterOrDigit(text.charCodeAt(end - 3)) ? end - 2 : -1
}

/** "Dallas, TX 75001-1234". */
const zipLine = (scan: Scan, at: number): void => {
  const { text } = scan
  if (stateBefore(text, at) === -1) return
  const code = /^\d{5}(?:-\d{4})?(?![\w-])/.exec(text.slice(at, at + 11))?.[0]
  const before = code === undefined ? undefined : beforeZip.exec(text.slice(Math.max(0, at - 80), at))?.[1]
  // "LOG OK 75001" is no town in Oklahoma.
  if (code !== undefined && before !== undefined && /,|\n|\p{Ll}/u.test(before)) scan.add('address', at - before.length, at + code.length, 0.7)
}

const wholeCode = new RegExp(`(?<![\\w-])(?:${ukPostcode}|${canadianCode})$`)

/** "SW1A 2AA" and "K1A 0B1": asked at the digit of the second half. */
const splitCode = (scan: Scan, at: number): void => {
  const { text } = scan
  const [first, second, third] = [text.charCodeAt(at), text.charCodeAt(at + 1), text.charCodeAt(at + 2)]
  if (!isDigit(first) || !isCapital(second) || !(isCapital(third) || isDigit(third)) || isLetterOrDigit(text.charCodeAt(at + 3))) return
  const code = wholeCode.exec(text.slice(Math.max(0, at - 6), at + 3))?.[0]
  if (code !== undefined) scan.add('address', at + 3 - code.length, at + 3, 0.55)
}

const codes: Rule = {
  kinds: ['address'], triggers: { numbers: true, numbersAt: [{ before: /[ \n]/ }] },
  find: (scan, at) => {
    const before = scan.text.charCodeAt(at - 1)
    if (before !== 32 && before !== 10) return
    zipLine(scan, at)
    if (before === 32) splitCode(scan, at)
  },
}

const militaryUnit = /(?:(?:PSC|CMR|Unit) \d{1,5},? ?(?:\n {0,8})?Box \d{1,6}|(?:USS|USNS|USNV|USCGC) [\p{L} .-]{2,30}),?(?: |\n[ >?]{0,8})$/iu

/** "PSC 4115, Box 7815, APO AA 41945". */
const military: Rule = {
  kinds: ['address'], triggers: { words: ['apo', 'fpo', 'dpo'] },
  find: (scan, at) => {
    const { text } = scan
    const code = /^[adf]po,? a[aep],? \d{5}(?:-\d{4})?(?!\d)/i.exec(text.slice(at, at + 24))?.[0]
    if (code === undefined) return
    const before = militaryUnit.exec(text.slice(Math.max(0, at - 64), at))?.[0].length ?? 0
    scan.add('address', at - before, at + code.length, before > 0 ? 0.92 : 0.85)
  },
}

const street = '(?:\\d{1,6}(?:st|nd|rd|th)? ){0,2}(?:\\p{L}{1,12}\\.? ){0,2}\\p{Lu}[\\p{L}’\'.-]{1,24}(?: (?:\\p{Lu}[\\p{L}’\'.-]{1,24}|de la|de|del|da|do|\\d{1,4}\\.?)){0,4}'
const cornerForm = new RegExp(`^corner of (${street} (?:and|&) ${street})`, 'u')

/** "the corner of Main Street and 5th Avenue". */
const corner: Rule = {
  kinds: ['address'], triggers: { words: ['corner'] },
  find: (scan, at) => {
    const found = cornerForm.exec(scan.text.slice(at, at + 120))?.[0].replace(/[ .]+$/, '')
    if (found === undefined) return
    const article = /the $/i.exec(scan.text.slice(Math.max(0, at - 4), at))?.[0].length ?? 0
    scan.add('address', at - article, at + found.length, 0.6)
  },
}

const streetBehindFlat = new RegExp(`^ (?:\\d{1,6} ){1,2}${town}(?: \\d{1,4}(?!\\d))?`, 'u')

/** A flat by itself, or with the street behind it; a suite is also one of hotels and of programs, unless a street follows. */
const flat: Rule = {
  kinds: ['address'], triggers: { words: ['apt', 'apartment', 'suite'] },
  find: (scan, at) => {
    const { text } = scan
    const alone = /^(?:Apt\.?|Apartment) ?#?\d{1,5}[A-Z]?(?![\w.-]\w)|^apt\. ?#?\d{1,5}[a-z]?(?![\w.-]\w)|^Suite \d{1,5}(?= \d)/u.exec(text.slice(at, at + 24))?.[0]
    if (alone === undefined) return
    const behind = streetBehindFlat.exec(text.slice(at + alone.length, at + 100))?.[0]
    if (behind === undefined && alone.startsWith('S')) return
    scan.add('address', at, tailOf(text, at + alone.length + (behind?.length ?? 0), false).end, behind === undefined ? 0.55 : 0.7)
  },
}

/** What people say before the place where somebody or something is. */
const placing = /^(?:lives?|living|lived|resid(?:es|ing)|located|deliver(?:ed)?|shipped|address)\b[^.\n\d]{0,24}? (?:at|on|in|to|is|side of)(?: it is)? /i
/** What is said of nothing but homes and premises: a name and a number are enough behind it. */
const dwelling = /^(?:live|living|resid|locat)/i
/** Words that have numbers behind them and are no streets. */
const numberedThing = /^(?:room|gate|floor|level|track|platform|terminal|chapter|section|version|page|table|line|port|step|part|phase|item|step|figure|stage|round|week|day|slot|node|server|windows|january|february|march|april|may|june|july|august|september|october|november|december) /i
const placed = new RegExp(`^((?:\\d{1,6},? ){0,2})${town}(?: (\\d{1,5}[A-Za-z]?)(?![\\w:%]|[.,]\\d))`, 'u')

/** "She lives on Via Mazzini 5", "our office is at 5570 Kaarikatu 32": a street that nothing else tells, by what is said of it. */
const spoken: Rule = {
  kinds: ['address'], triggers: { words: ['lives', 'live', 'living', 'lived', 'resides', 'residing', 'located', 'address', 'deliver', 'delivered', 'shipped'] },
  find: (scan, at) => {
    const { text } = scan
    const before = placing.exec(text.slice(at, at + 64))?.[0]
    if (before === undefined) return
    const start = at + before.length
    const near = text.slice(start, start + 100)
    const match = placed.exec(near)
    if (match === null || numberedThing.test(near)) return
    const tail = tailOf(text, start + match[0].length, true)
    if (!tail.certain && (match[1] === '' ? !dwelling.test(before) || /^(?:19|20)\d\d$/.test(match[2] ?? '') : match[2] === undefined)) return
    scan.add('address', start, tail.end, tail.certain ? 0.8 : match[1] === '' ? 0.55 : 0.65)
  },
}

export const townLines: readonly Rule[] = [codes, military, corner, flat, spoken]
