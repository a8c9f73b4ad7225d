// US social security numbers, and the tax numbers (ITIN) that are written in the same shape.
import type { Rule, Scan } from '../rule.ts'
import { continuesWord } from './characters.ts'
import { isLabelled, isOtherNumber, label } from './label.ts'

const ssnWords = label('ssns?|soc(?:ial)?[. _-]?sec(?:urity)?(?:[ _-]?(?:number|no|num|#))?|ss ?(?:#|no|number|num)|social')
const itinWords = label('itins?|individual taxpayer|taxpayer[ _-]?id[a-z]*|tax[ _-]?(?:payer )?id(?:entification)?(?: number)?|tin')

const shape = /(\d{3})([ -]?)(\d{2})\2(\d{4})(?![\w]|-\d)/y

/** Area, group and serial number that the administration has never issued. */
const neverIssued = (area: string, group: string, serial: string): boolean => /^(?:000|666|9..)$/.test(area) || group === '00' || serial === '0000'

/** Groups that the tax office gives out (IRS, publication 1915). */
const isItin = (area: string, group: string): boolean => area.startsWith('9') && /^(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])$/.test(group)

const reportItin = (scan: Scan, start: number, end: number, separator: string): void => {
  const labelled = isLabelled(scan, start, itinWords) || isLabelled(scan, start, ssnWords)
  if (labelled || separator !== '') scan.add('us_itin', start, end, labelled ? 0.97 : separator === '-' ? 0.7 : 0.4)
}

const reportSsn = (scan: Scan, start: number, end: number, issued: boolean): void => {
  const separator = scan.text.charAt(start + 3)
  const bare = end - start === 9
  if (isLabelled(scan, start, ssnWords)) scan.add('us_ssn', start, end, issued ? (bare ? 0.9 : 0.98) : 0.6)
  else if (!bare && issued) scan.add('us_ssn', start, end, isOtherNumber(scan, start) ? 0.4 : separator === '-' ? 0.85 : 0.4)
}

/** Not part of a longer number or word. */
const notJoined = /^[^\w.-]?$/

export const socialSecurity: Rule = {
  kinds: ['us_ssn', 'us_itin'],
  triggers: { numbers: true, digits: 9, numbersAt: [{ before: notJoined, run: [3, 3], behind: /[ -]/ }, { before: notJoined, run: [9, 9], behind: /^\W?$/ }], keys: ['ssn', 'social security', 'socialsecurity', 'social security number', 'socialsecuritynumber', 'social', 'itin', 'tin', 'taxpayer', 'tax id'] },
  find: (scan, at) => {
    const { text } = scan
    // Not part of a longer number or word; what follows behind a space may be a date or another number.
    if (continuesWord(text, at) || text[at - 1] === '-' || text[at - 1] === '.') return
    shape.lastIndex = at
    const match = shape.exec(text)
    if (match === null || /^\.\d/.test(text.slice(shape.lastIndex, shape.lastIndex + 2))) return
    const [raw, area = '', separator = '', group = '', serial = ''] = match
    if (isItin(area, group)) reportItin(scan, at, at + raw.length, separator)
    reportSsn(scan, at, at + raw.length, !neverIssued(area, group, serial))
  },
}
