// Dates of birth: dates behind (or before) words that say so. A date alone is nobody's.
import type { Rule, Scan } from '../../rule.ts'
import { digitsEnd, isDigit } from '../characters.ts'
import { isDay } from './checksums.ts'

/** First three letters or more of the months, without dots and marks, in eleven languages. */
const months: Record<string, number> = {}
const named: readonly string[] = [
  'january jan januar janvier enero gennaio januari janeiro stycznia janv ene gen jän januari tammikuuta sty', 'february feb februar fevrier febrero febbraio februari fevereiro lutego fevr fev helmikuuta lut',
  'march mar marz maerz mars marzo maart marco marca mrt maaliskuuta mrz', 'april apr avril abril aprile kwietnia avr abr huhtikuuta kwi', 'may mai mayo maggio mei maio maja mag maj toukokuuta', 'june jun juni juin junio giugno junho czerwca giu kesakuuta cze',
  'july jul juli juillet julio luglio julho lipca juil lug heinakuuta lip', 'august aug aout agosto augustus sierpnia ago augusti elokuuta sie', 'september sep sept septembre septiembre settembre setembro wrzesnia set syyskuuta wrz',
  'october oct oktober okt octobre octubre ottobre outubro pazdziernika ott out lokakuuta paz', 'november nov novembre noviembre novembro listopada marraskuuta lis', 'december dec dezember dez decembre diciembre dicembre dezembro grudnia dic desember joulukuuta gru',
]
named.forEach((names, index) => { for (const name of names.split(' ')) months[name] = index + 1 })

export const monthOf = (name: string): number => months[name.toLowerCase().normalize('NFD').replace(/[\u0300-\u036f.]/g, '').replace('ł', 'l')] ?? 0

const word = '(\\p{L}{3,14})\\.?'
/** How dates are written; the groups are year, month, day in the order that follows. */
const forms: readonly (readonly [form: RegExp, year: number, month: number, day: number])[] = [
  [/(?<![\d.,/-])(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d|[-/]\d)/u, 1, 3, 4],
  [/(?<![\d.,/-])(\d{1,2}) ?([-/.]) ?(\d{1,2}) ?\2 ?(\d{4}|\d{2})(?!\d|[-/]\d)/u, 4, 3, 1],
  [new RegExp(`(?<!\\d)(\\d{1,2})(?:st|nd|rd|th|er|º|\\.)?[ -](?:(?:of|de) )?${word}(?:,? (?:de |del )?|-)(\\d{4}|\\d{2})(?!\\d)`, 'u'), 3, 2, 1],
  [new RegExp(`(?<!\\p{L})${word} (\\d{1,2})(?:st|nd|rd|th)?,? (\\d{4})(?!\\d)`, 'u'), 3, 1, 2],
  [/(?<!\d)(\d{4}) ?[年년] ?(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日일]/u, 1, 2, 3],
  [/(?<!\d)((?:19|20)\d{2})(\d{2})(\d{2})(?!\d)/u, 1, 2, 3],
]

/** The time of day that a date is stored with: all of it is the value, or half a word would be left. */
const timeBehind = /^T\d{2}(?::?\d{2}){0,2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?(?![\p{L}\p{N}])/u
const longestTime = 30

interface Found { readonly start: number; readonly end: number; readonly recent: boolean }

const endOf = (near: string, { 0: date, index }: RegExpExecArray): number => {
  const end = index + date.length
  return near[end] === 'T' ? end + (timeBehind.exec(near.slice(end, end + longestTime))?.[0].length ?? 0) : end
}

/** The first date of a short text. */
export const dateIn = (near: string): Found | null => {
  let first: Found | null = null
  for (const [form, year, month, day] of forms) {
    const match = form.exec(near)
    if (match === null || (first !== null && first.start <= match.index)) continue
    const monthText = match[month] ?? ''
    const [y, m, d] = [Number(match[year]), /^\d/.test(monthText) ? Number(monthText) : monthOf(monthText), Number(match[day])]
    // Months come before days in some countries.
    if (isDay(d, m, y > 99 ? y : null) || isDay(m, d, y > 99 ? y : null)) first = { start: match.index, end: endOf(near, match), recent: y < 100 || (y >= 1900 && y < 2100) }
  }
  return first
}

const reachBehind = 64
/** Words that begin another field: a date behind them is theirs. */
const otherField = /\b(?:died|death|deceased|gestorben|issued|expir|hired|joined|started|admitted|appointment|visit|today|until|since|seit|décédé|mort|†)/i

const behind = (scan: Scan, from: number, sure: number): void => {
  const near = scan.text.slice(from, from + reachBehind)
  const date = dateIn(near)
  if (date === null) return
  const between = near.slice(0, date.start)
  if (/\n\s*\n|[;{}]/.test(between) || otherField.test(between)) return
  const confidence = date.start <= 24 ? sure : sure - 0.2
  scan.add('date_of_birth', from + date.start, from + date.end, date.recent ? confidence : 0.4)
}

/** Words that stand before a date of birth only. */
const certain = ['dob', 'born', 'birthdate', 'birthday', 'geboren', 'geburtsdatum', 'geburtstag', 'nacimiento', 'nascimento', 'nascita', 'naissance', 'geboortedatum', 'geborenen', 'urodzenia', 'urodzony', 'urodzona',
  'nacido', 'nacida', 'nascido', 'nascida', 'geb', 'nato', 'nata', 'foedt', 'bday', 'syntynyt']

const afterWords: Rule = {
  kinds: ['date_of_birth'], triggers: { words: [...certain, 'birth'] },
  find: (scan, at) => {
    let end = at
    while (end - at < 16 && /[a-z]/i.test(scan.text.charAt(end))) end += 1
    // "birth" alone is any birth: of a company, of an idea.
    if (scan.text.slice(at, end).toLowerCase() === 'birth' && !/(?:date|day|d\.?) of $/i.test(scan.text.slice(Math.max(0, at - 8), at)) && !/^\s?-?(?:date|day)/i.test(scan.text.slice(end, end + 6))) return
    behind(scan, end, 0.92)
  },
}

// Letters that are not ASCII end words: "né le", "født", "född", "syntymäaika", "doğum tarihi" are recognised by their ends.
const halves: Readonly<Record<string, RegExp>> = { le: /née? $/i, en: /née? $/i, dt: /fø$/i, dd: /fö$/i, dselsdato: /fø$/i, delsedatum: /fö$/i, aika: /syntymä$/i, tarihi: /doğum $/i, um: /doğ$/i }

const afterHalves: Rule = {
  kinds: ['date_of_birth'], triggers: { words: Object.keys(halves) },
  find: (scan, at) => {
    let end = at
    while (end - at < 12 && /[a-z]/i.test(scan.text.charAt(end))) end += 1
    const before = halves[scan.text.slice(at, end).toLowerCase()]
    if (before?.test(scan.text.slice(Math.max(0, at - 10), at)) === true) behind(scan, end, 0.9)
  },
}

/** Scripts without ASCII words, and dates with the label in brackets behind them. */
const otherScripts = /(?:生年月日|出生日期|出生|생년월일|дата рождения|родился|родилась|г\.р\.|تاريخ الميلاد|जन्म)[^\d\n]{0,12}$/i
const bracketed = /^ ?\((?:dob|d\.o\.b\.?|date of birth|born|birth ?date|geb\.?|geburtsdatum)\)/i

const isJoint = (code: number): boolean => code >= 45 && code <= 47

/** A number with "-", "." or "/" and more digits directly behind, and then no such sign again: "12.34". */
const isPair = (text: string, at: number): boolean => {
  const first = digitsEnd(text, at, 4)
  const sign = text.charCodeAt(first)
  if (!isJoint(sign) || !isDigit(text.charCodeAt(first + 1))) return false
  const behind = text.charCodeAt(digitsEnd(text, first + 1, 3))
  return behind !== sign && behind !== 32
}

/** Does a number look like the beginning of a date? */
const beginsDate = (text: string, at: number): boolean => {
  const [third, fifth] = [text.charCodeAt(at + 2), text.charCodeAt(at + 4)]
  if (isPair(text, at)) return false
  return third === 46 || third === 47 || third === 45 || third === 32 || fifth === 45 || fifth === 47 || fifth === 46 || fifth === 0x5E74 || fifth === 0xB144
}

/** Is one of the three characters before an offset of a script without ASCII letters? */
const isForeign = (text: string, at: number): boolean => text.charCodeAt(at - 1) > 0x36F || text.charCodeAt(at - 2) > 0x36F || text.charCodeAt(at - 3) > 0x36F

const opensBracket = (text: string, from: number, to: number): boolean => {
  for (let at = from; at < to; at += 1) if (text.charCodeAt(at) === 40) return true
  return false
}

const byNumbers: Rule = {
  // As dates begin that begin with digits.
  kinds: ['date_of_birth'], triggers: { numbers: true, numbersAt: [{ run: [1, 2], behind: /[ ./snrte\u0080-]/ }, { run: [4, 4], behind: /[ ./\u0080-]/ }] },
  find: (scan, at) => {
    const { text } = scan
    if (!beginsDate(text, at)) return
    const foreign = isForeign(text, at)
    if (!foreign && !opensBracket(text, at + 6, at + 24)) return
    const date = dateIn(text.slice(at, at + 24))
    if (date?.start !== 0) return
    const named = foreign && otherScripts.test(text.slice(Math.max(0, at - 24), at))
    if (named || bracketed.test(text.slice(at + date.end, at + date.end + 20))) scan.add('date_of_birth', at, at + date.end, 0.9)
  },
}

const keys = ['birth', 'dob', 'birthday', 'birthdate', 'born', 'geburtsdatum', 'geburtstag', 'geb datum', 'naissance', 'nacimiento', 'nascita', 'nascimento', 'geboortedatum', 'urodzenia', 'bday', 'born on', 'patient dob', 'fodselsdato']

const underKeys: Rule = {
  kinds: ['date_of_birth'], triggers: { keys },
  find: scan => {
    const date = dateIn(scan.text.slice(0, 48))
    if (date !== null && date.start < 12) scan.add('date_of_birth', date.start, date.end, 0.95)
  },
}

export const births: readonly Rule[] = [afterWords, afterHalves, byNumbers, underKeys]
