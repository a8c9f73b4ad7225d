// One rule for all national identifiers. It is asked once at each number, reads how the number is written (digits, letters, separators) and
// looks that layout up: only rows that are written so do any work.
import type { EntityKind } from '../../../exchange/kinds.ts'
import type { NumberPlace, Rule, Scan } from '../../rule.ts'
import { idsOfEurope } from './ids-europe.ts'
import { idsOfTheWorld } from './ids-world.ts'
import { anyOf, isWordUnit, labelOf } from './labels.ts'
import { licenceLayouts } from './licences.ts'
import type { NationalId } from './national-id.ts'
import { vehicleNumbers } from './vehicles.ts'

interface Entry { readonly id: NationalId; readonly sure: number }

const rows = [...idsOfEurope, ...idsOfTheWorld, ...licenceLayouts, ...vehicleNumbers]

/** "national id", "tax number": says that the number is an identity, not of which country. */
const anyId = anyOf('national id*,identity card,identity no,identity number,identification number,tax id*,tax number,tax no,taxpayer*,ssn,social security*,personal number,ausweis*,identité,identidad,identità,kimlik')

interface Group {
  readonly entries: readonly Entry[]
  /** Any label of any of them: mostly there is none, and one look is enough. */
  readonly label: RegExp
}

const entries = new Map<string, Group>()
for (const id of rows) {
  for (const [layout, sure] of Object.entries(id.layouts)) {
    const before = entries.get(layout)
    entries.set(layout, { entries: [...before?.entries ?? [], { id, sure }], label: new RegExp(`${(before?.label ?? anyId).source}|${id.label.source}`, 'u') })
  }
}

/** What a layout may go on with: runs of digits and of letters by their length, and separators. */
interface Step {
  found: Group | undefined
  readonly digits: (Step | undefined)[]
  readonly letters: (Step | undefined)[]
  /** By the code of the separator, of which all are below 48. */
  readonly separators: (Step | undefined)[]
}

const createStep = (): Step => ({ found: undefined, digits: [], letters: [], separators: [] })

/** All layouts as steps from their beginning: reading stops where nothing can follow any more. */
const firstStep = createStep()
for (const [layout, found] of entries) {
  if (layout.startsWith('#')) continue
  let step = firstStep
  for (const part of layout.match(/\d+|A+|[^\dA]/g) ?? []) {
    const next = part.startsWith('A') ? step.letters : /^\d/.test(part) ? step.digits : step.separators
    const index = next === step.letters ? part.length : next === step.digits ? Number(part) : part.charCodeAt(0)
    step = next[index] ??= createStep()
  }
  step.found = found
}
/** Runs of digits that a number may begin with, and those that may be all of it. */
const runs = [...firstStep.digits.keys()].filter(length => firstStep.digits[length] !== undefined)
const wholeRuns = runs.filter(length => firstStep.digits[length]?.found !== undefined)
const around = (lengths: readonly number[]): readonly [least: number, most: number] => [Math.min(...lengths), Math.max(...lengths)]
/** Behind capitals that stand apart a number may be whole that is none by itself. */
const endsBehindCapitals = Array.from(entries.keys()).some(layout => /^A+[^\dA](?:A+[^\dA])?\d+$/.test(layout))
const numbersAt: readonly NumberPlace[] = [
  { before: /[A-Za-z]/ }, { behind: /[A-Za-z]/ }, { run: around(runs), behind: /[ +./-]/ }, { run: around(wholeRuns) }, ...endsBehindCapitals ? [{ before: /[ -]/ }] : [],
]

const words = Array.from({ length: 31 }, (_, length) => entries.get(`#${length}`))

const longest = 30
const isDigit = (code: number): boolean => code >= 48 && code <= 57
const isCapital = (code: number): boolean => code >= 65 && code <= 90

/** Start of a word that ends before a digit: the letters there, twelve at most; -1 where it is too long or has a digit. */
const headBefore = (text: string, at: number): number => {
  let start = at
  while (start > 0 && !isDigit(text.charCodeAt(start - 1)) && isWordUnit(text.charCodeAt(start - 1))) {
    start -= 1
    if (at - start > 12) return -1
  }
  return isDigit(text.charCodeAt(start - 1)) ? -1 : start
}

/** Start of one or two short groups of capitals that stand before a number, as in "AB 12 34 56 C"; -1 where there are none. */
const capitalsBefore = (text: string, at: number): number => {
  let start = at - 1
  while (at - start < 5 && isCapital(text.charCodeAt(start - 1))) start -= 1
  if (start === at - 1 || isWordUnit(text.charCodeAt(start - 1))) return -1
  const isTriple = (end: number): boolean => isCapital(text.charCodeAt(end - 1)) && isCapital(text.charCodeAt(end - 2)) && isCapital(text.charCodeAt(end - 3))
  return at - 1 - start === 3 && text[start - 1] === ' ' && isTriple(start - 1) && !isWordUnit(text.charCodeAt(start - 5)) ? start - 4 : start
}

/** How sure it is that a number that has an entry's layout is one; labels weighed. @param most how sure it can be at most without a label, by what stands around it */
const confidenceOf = ({ id, sure }: Entry, bare: string, label: string | null, most: number): number => {
  const named = label !== null && id.label.test(label)
  if (!id.fits(bare)) return named ? 0.52 : 0
  const holds = id.holds(bare)
  if (named) return holds ? Math.max(0.95, sure) : 0.6
  if (!holds) return Math.min(sure / 2, 0.45, most)
  if (label !== null && anyId.test(label)) return Math.max(sure, 0.7)
  return Math.min(sure, most)
}

/** Are these characters a piece of something longer: a version, a path, an amount, a hash? */
const isPiece = (text: string, start: number): boolean => {
  const before = text[start - 1] ?? ' '
  return '_#$€£¥+@%\\/'.includes(before) || ('-.'.includes(before) && isWordUnit(text.charCodeAt(start - 2)))
}

/** Does a word go on behind these characters, or a separator and more of the same? */
const goesOn = (text: string, end: number): boolean =>
  text[end] === '_' || (end < text.length && '-./+'.includes(text.charAt(end)) && isWordUnit(text.charCodeAt(end + 1)))

/** One more group before or behind a number written in groups: the layout is chance. */
const isCrowded = (text: string, start: number, end: number): boolean =>
  (text[start - 1] === ' ' && isDigit(text.charCodeAt(start - 2))) || (text[end] === ' ' && isDigit(text.charCodeAt(end + 1)))

const judge = (scan: Scan, start: number, end: number, found: Group): void => {
  const { text } = scan
  if (goesOn(text, end)) return
  const written = text.slice(start, end)
  const bare = written.replace(/[ .+/-]/g, '').toUpperCase()
  const near = labelOf(scan, start, end)
  const label = found.label.test(near) ? near : null
  const most = written.includes(' ') && isCrowded(text, start, end) ? 0.1 : isPiece(text, start) || /[a-z]/.test(written) ? 0.4 : 1
  for (const entry of found.entries) {
    const confidence = confidenceOf(entry, bare, label, most)
    if (confidence > 0) scan.add(entry.id.kind, start, end, confidence)
  }
}

const digitsEnd = (text: string, from: number): number => {
  let at = from
  while (isDigit(text.charCodeAt(at)) && at - from < longest) at += 1
  return at
}

const lettersEnd = (text: string, from: number): number => {
  let at = from
  for (let code = text.charCodeAt(at); isWordUnit(code) && !isDigit(code) && at - from < longest; code = text.charCodeAt(at)) at += 1
  return at
}

/** A word of letters and digits in any order, told by its length alone. */
const askWord = (scan: Scan, start: number): void => {
  const { text } = scan
  let end = start
  while (isWordUnit(text.charCodeAt(end)) && end - start < longest) end += 1
  const found = words[end - start]
  if (found !== undefined) judge(scan, start, end, found)
}

/** Reads groups of digits and letters from a beginning on and asks the entries of each layout on the way. */
const read = (scan: Scan, start: number): void => {
  const { text } = scan
  let step: Step | undefined = firstStep
  let at = start
  do {
    const digits = digitsEnd(text, at)
    if (digits > at) step = step.digits[digits - at]
    at = lettersEnd(text, digits)
    if (at > digits) step = step?.letters[at - digits]
    if (step === undefined) return
    if (isDigit(text.charCodeAt(at))) continue
    if (step.found !== undefined) judge(scan, start, at, step.found)
    const code = text.charCodeAt(at)
    if (!((code >= 45 && code <= 47) || code === 32 || code === 43) || !isWordUnit(text.charCodeAt(at + 1))) return
    step = step.separators[code]
    at += 1
  } while (step !== undefined && at - start < longest)
}

const kinds: readonly EntityKind[] = [...new Set(rows.map(({ kind }) => kind))]

/** Is a number the middle of a date, a time or a number in groups that was already read from its beginning? */
const isMiddle = (text: string, at: number, before: number): boolean =>
  ((before >= 45 && before <= 47) || before === 58 || before === 43) && isDigit(text.charCodeAt(at - 2))

/** National identifiers, vehicle identification numbers and licences of a shape of their own. */
export const numberedIds: Rule = {
  kinds, triggers: { numbers: true, numbersAt },
  find: (scan, at) => {
    const { text } = scan
    const before = text.charCodeAt(at - 1)
    if (isMiddle(text, at, before)) return
    if (isWordUnit(before)) {
      const start = headBefore(text, at)
      if (start === -1) return
      read(scan, start)
      askWord(scan, start)
      return
    }
    read(scan, at)
    if (isWordUnit(text.charCodeAt(digitsEnd(text, at)))) askWord(scan, at)
    if ((before === 32 || before === 45) && isCapital(text.charCodeAt(at - 2))) {
      const start = capitalsBefore(text, at)
      if (start !== -1) read(scan, start)
    }
  },
}
