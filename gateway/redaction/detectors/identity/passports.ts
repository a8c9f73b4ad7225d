// Passports: the number behind a label, and the machine-readable lines (ICAO 9303) by their own check digits.
import type { Rule } from '../../rule.ts'
import { labelled, shaped } from './labelled.ts'

// By country, as the bearers' pages show them.
const shapes = new RegExp(`^(?:${[
  '\\d{9}', // United States, United Kingdom
  '[A-Z]\\d{8}', // United States since 2021, Korea, Mexico, Türkiye, South Africa
  '[A-Z]\\d{7}', // India, Australia, Switzerland
  '[A-Z]{2}\\d{7}', // Italy, Poland, Japan, Australia, Ireland, Ukraine
  '[A-Z]{2}\\d{6}', // Canada, Brazil, Portugal
  '[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ\\d]{8}', // Germany
  '\\d{2}[A-Z]{2}\\d{5}', // France
  '[A-Z]{3}\\d{6}', // Spain
  '[A-Z]{2}[A-Z\\d]{6}\\d', // Netherlands
  '\\d{8}', // Sweden, Norway, Czechia, Bulgaria
  '[EGDPS][A-Z\\d]\\d{7}', // China
  '[A-Z]\\d{3}[A-Z]\\d{4}', // Korea since 2021
  '[A-Z]\\d{7}[A-Z]', // Austria's predecessors, Singapore
  '[A-Z]{2}\\d{5}', // Belgium
].join('|')})$`)

const words = ['passport', 'passports', 'reisepass', 'reisepassnummer', 'passnummer', 'passeport', 'pasaporte', 'passaporto', 'passaporte', 'paspoort', 'paspoortnummer', 'paszport', 'paszportu', 'pasport', 'pasaport']

const weights = [7, 3, 1]
const markOf = (code: number): number => code >= 65 ? code - 55 : code === 60 ? 0 : code - 48
/** ICAO 9303-3, 4.9: weights 7, 3, 1; letters from 10 on, "<" is nothing. */
const mrzHolds = (field: string, check: string): boolean => {
  let sum = 0
  for (let index = 0; index < field.length; index += 1) sum += markOf(field.charCodeAt(index)) * (weights[index % 3] ?? 0)
  return sum % 10 === markOf(check.charCodeAt(0))
}

const firstLine = /^(?=.{44}$)P[A-Z<][A-Z]{1,3}<{0,2}[A-Z<]{36,39}$/
const secondLine = /^[A-Z\d<]{9}[\d<][A-Z<]{3}\d{7}[MFX<]\d{7}[A-Z\d<]{14}[\d<]\d$/

/** Both lines of a TD3 booklet, 44 characters each. */
const machineReadable: Rule = {
  kinds: ['passport'], triggers: { prefixes: ['P<'] },
  find: (scan, at) => {
    const window = scan.text.slice(at, at + 96)
    if (!firstLine.test(window.slice(0, 44))) return
    const gap = /^(?:\\n|\s){1,4}/.exec(window.slice(44))?.[0].length ?? 0
    const second = window.slice(44 + gap, 88 + gap)
    if (gap === 0 || !secondLine.test(second)) {
      scan.add('passport', at, at + 44, 0.85)
      return
    }
    const holds = mrzHolds(second.slice(0, 9), second.charAt(9)) && mrzHolds(second.slice(13, 19), second.charAt(19))
    scan.add('passport', at, at + 88 + gap, holds ? 0.98 : 0.9)
  },
}

export const passports: readonly Rule[] = [
  ...labelled({ kind: 'passport', words, keys: words, judge: shaped(shapes, 0.88, 0.6) }),
  machineReadable,
]
