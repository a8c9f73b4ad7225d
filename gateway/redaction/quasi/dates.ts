// Dates of any sort, weekdays, and years where words say that they are: what happened when often tells to whom.
import { dateIn } from '../detectors/identity/births.ts'
import type { Rule, Scan } from '../rule.ts'

const longest = 40
const timeBehind = /^(?:,? (?:at )?|T)\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?: ?[ap]\.?m\b\.?)?(?:Z|[+-]\d{2}:?\d{2})?/i

const wholeDate = (scan: Scan, at: number): boolean => {
  const near = scan.text.slice(at, at + longest)
  const date = dateIn(near)
  if (date?.start !== 0) return false
  const time = timeBehind.exec(near.slice(date.end))?.[0].length ?? 0
  scan.add('date', at, at + date.end + time, date.recent ? 0.75 : 0.5)
  return true
}

const yearLabel = /\b(?:in|since|until|till|from|during|by|of|before|after|around|circa|early|late|mid|year|summer|winter|spring|autumn|fall|class of|january|february|march|april|may|june|july|august|september|october|november|december) $/i

const year = (scan: Scan, at: number): void => {
  const { text } = scan
  const digits = /^(?:19|20)\d{2}(?![\w%]|[.,:-]\d)/.exec(text.slice(at, at + 8))?.[0]
  if (digits !== undefined && yearLabel.test(text.slice(Math.max(0, at - 12), at))) scan.add('date', at, at + 4, 0.55)
}

const months = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december', 'jan', 'feb', 'mar', 'apr', 'jun', 'jul', 'aug', 'sep', 'sept', 'oct', 'nov', 'dec']
const dayOfMonth = /^[A-Za-z]{3,9}\.? (?:\d{1,2}(?:st|nd|rd|th)?(?![\d:.]\d|\d)(?:,? (?:19|20)\d{2}(?!\d))?|(?:19|20)\d{2}(?!\d))/
const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']

const byName: Rule = {
  kinds: ['date'], triggers: { words: [...months, ...weekdays] },
  find: (scan, at) => {
    const { text } = scan
    if (wholeDate(scan, at)) return
    const word = /^[A-Za-z]+/.exec(text.slice(at, at + 10))?.[0] ?? ''
    if (weekdays.includes(word.toLowerCase())) scan.add('date', at, at + word.length, 0.55)
    else if (/^[A-Z]/.test(word)) {
      const found = dayOfMonth.exec(text.slice(at, at + 24))?.[0]
      if (found !== undefined) scan.add('date', at, at + found.length, 0.6)
    }
  },
}

const byNumber: Rule = {
  kinds: ['date'], triggers: { numbers: true },
  find: (scan, at) => {
    const before = scan.text.charCodeAt(at - 1)
    // The middle of a number with signs in it is none.
    if (before === 46 || before === 45 || before === 47 || before === 58 || before === 95) return
    if (!wholeDate(scan, at)) year(scan, at)
  },
}

export const dates: readonly Rule[] = [byNumber, byName]
