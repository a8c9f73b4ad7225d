// Names that say of themselves that they are names: behind a title or a label, before a legal form, or under a JSON key. Names in running prose
// need the tagger.
import type { Rule, Scan } from '../rule.ts'
import { wordEnd } from './characters.ts'

const namePart = '\\p{Lu}[\\p{L}\\p{M}’\'-]{0,30}\\.?'
const upTo = (count: number): string => `${namePart}(?: (?:(?:de|da|di|van|von|der|den|la|le|bin|al) ){0,2}${namePart}){0,${count - 1}}`

const behindTitle = new RegExp(`^\\p{L}{2,8}\\.? (${upTo(3)})`, 'u')
const behindLabel = new RegExp(`^\\p{L}{3,16}["'*]{0,2}[ \\t]?[:=][ \\t]?["'*]{0,2}(${upTo(4)})`, 'u')
/** As forms and queries send it: "name=Anna%20M%C3%BCller+Weber". */
const formPart = '\\p{Lu}(?:[\\p{L}\\p{M}’\'-]|%[c-fC-F][\\da-fA-F](?:%[89abAB][\\da-fA-F]){1,3}){0,30}'
const behindFormLabel = new RegExp(`^\\p{L}{3,16}=(${formPart}(?:(?:%20|\\+)${formPart}){1,3})`, 'u')
const wholeValue = new RegExp(`^${upTo(5)}$`, 'u')
const beforeForm = new RegExp(`(?:^|[^\\p{L}])(${namePart}(?: (?:& |and |und )?${namePart}){0,3}),? $`, 'u')

/** The dot of a sentence is no part of the name; that of an initial is. */
const trimmed = (name: string): string => /\p{L}{2,}\.$/u.test(name) ? name.slice(0, -1) : name

const window = 160

const isQuoted = (code: number): boolean => code === 34 || code === 39 || code === 42
const isGap = (code: number): boolean => code === 32 || code === 9

/** What the patterns of labels ask for at least: a separator behind the word, and behind that no small letter. */
const mayBeLabel = (text: string, word: number): boolean => {
  let at = wordEnd(text, word, 16)
  if (text.charCodeAt(at) > 127) return true
  while (isQuoted(text.charCodeAt(at))) at += 1
  if (isGap(text.charCodeAt(at))) at += 1
  if (text.charCodeAt(at) !== 58 && text.charCodeAt(at) !== 61) return false
  at += 1
  if (isGap(text.charCodeAt(at))) at += 1
  while (isQuoted(text.charCodeAt(at))) at += 1
  const first = text.charCodeAt(at)
  return first > 127 || (first >= 65 && first <= 90)
}

const found = (scan: Scan, at: number, pattern: RegExp, confidence: number): void => {
  const match = pattern.exec(scan.text.slice(at, at + window))
  if (match?.[1] === undefined) return
  const name = trimmed(match[1])
  const start = at + match[0].length - match[1].length
  scan.add('person', start, start + name.length, confidence)
}

export const titledNames: Rule = {
  kinds: ['person'],
  triggers: { words: ['mr', 'mrs', 'ms', 'miss', 'dr', 'prof', 'professor', 'herr', 'herrn', 'frau', 'mme', 'monsieur', 'madame', 'sra', 'sig', 'dhr', 'mevr'] },
  find: (scan, at) => { found(scan, at, behindTitle, 0.65) },
}

export const labelledNames: Rule = {
  kinds: ['person'],
  triggers: { words: ['name', 'patient', 'customer', 'client', 'contact', 'employee', 'author', 'assignee', 'attn', 'attention', 'cardholder', 'applicant', 'insured', 'kunde', 'kundin', 'ansprechpartner', 'nachname', 'vorname', 'nom', 'nombre', 'cognome', 'naam'] },
  find: (scan, at) => {
    if (!mayBeLabel(scan.text, at)) return
    found(scan, at, behindLabel, 0.6)
    found(scan, at, behindFormLabel, 0.6)
  },
}

export const namesUnderKeys: Rule = {
  kinds: ['person'],
  triggers: {
    keys: ['full name', 'first name', 'last name', 'middle name', 'given name', 'family name', 'surname', 'maiden name', 'customer name', 'client name', 'patient name', 'contact name', 'employee name', 'author name', 'sender name',
      'recipient name', 'cardholder', 'cardholder name', 'account holder', 'holder name', 'fullname', 'firstname', 'lastname', 'nachname', 'vorname'],
  },
  find: scan => { if (scan.text.length <= window && wholeValue.test(scan.text)) scan.add('person', 0, scan.text.length, 0.75) },
}

/** Legal forms that are no ordinary words in any case; "AG", "SA" and "Co" are. */
export const companies: Rule = {
  kinds: ['organisation'],
  triggers: { words: ['gmbh', 'ltd', 'llc', 'plc', 'inc', 'llp', 'sarl', 'kgaa', 'ohg'] },
  find: (scan, at) => {
    const { text } = scan
    const from = Math.max(0, at - window)
    const match = beforeForm.exec(text.slice(from, at))
    const form = /^\p{L}+/u.exec(text.slice(at, at + 8))?.[0] ?? ''
    if (match?.[1] === undefined || !/^\p{Lu}/u.test(form)) return
    scan.add('organisation', from + match.index + match[0].indexOf(match[1]), at + form.length, 0.7)
  },
}

export const companiesUnderKeys: Rule = {
  kinds: ['organisation'],
  triggers: { keys: ['company', 'company name', 'employer', 'employer name', 'organisation name', 'organization name'] },
  find: scan => { if (scan.text.length >= 2 && scan.text.length <= 100 && /^[\p{Lu}\d][^\n{}<>]*$/u.test(scan.text)) scan.add('organisation', 0, scan.text.length, 0.65) },
}

export const nameRules: readonly Rule[] = [titledNames, labelledNames, namesUnderKeys, companies, companiesUnderKeys]
