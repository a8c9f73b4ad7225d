// Driving licences: behind a label in the shapes of many issuers, and without one where the shape is an issuer's own.
import type { Rule } from '../../rule.ts'
import { labelled, shaped } from './labelled.ts'
import { distinct, rare, row, type NationalId } from './national-id.ts'

const shapes = new RegExp(`^(?:${[
  '\\d{6,13}', // most states of the US, Australia, France before 2013, Netherlands, Brazil, Ireland
  '[A-Z]\\d{3,14}', // AZ CA CO FL HI IL IN KS KY MA MD MI MN MO NJ VA WI, Ontario
  '[A-Z]\\d{18}', // NY before 1992
  '[A-Z]{2}\\d{2,8}[A-Z]?', // CO ID OH, Italy
  '[A-Z]{3}\\d{6}', // ND
  '\\d{2}[A-Z]{2,3}\\d{5}', // NH, France since 2013
  '\\d{3}[A-Z]{2}\\d{4}', // IA, MO
  '\\d{7,9}[A-Z]{1,2}', // ME VT MO, Spain
  '[A-Z]\\d[A-Z]\\d[A-Z]', // KS
  '[A-Z]{1,7}[A-Z\\d*]{3,10}\\d{2,3}[A-Z\\d]{2}', // WA
  '[A-Z]{1,5}9{0,4}\\d{6}[A-Z9]{2}[A-Z\\d]{3}', // United Kingdom
  '[A-Z]\\d{2}[A-Z\\d]{6}\\d[A-Z\\d]', // Germany
  '[A-Z]{2}\\d{13}', // India
  'U1[A-Z\\d]{8}', // Italy
].join('|')})$`)

const licenceWord = /^licen[cs]es?|^permit/
const drivers = /(?:driv(?:er'?s?|er’s|ing|ers'?)|operator'?s?|\bdl|\bstate)[\s_-]{0,2}$/

const wordsOfTheirOwn = ['dl', 'dln', 'driverslicense', 'driverlicense', 'driverslicence', 'fuehrerschein', 'fuehrerscheinnummer', 'rijbewijs', 'rijbewijsnummer', 'patente', 'cnh', 'korkort', 'prawo']
const keys = ['driver license', 'drivers license', 'driver s license', 'driver licence', 'drivers licence', 'driving licence', 'driving license', 'drivers licence number', 'driverslicense', 'driverlicense', 'dl', 'dln',
  'dl number', 'fuehrerschein', 'rijbewijs', 'permis de conduire', 'licencia de conducir', 'patente']

const judge = shaped(shapes, 0.85, 0.6, 4)

export const licences: readonly Rule[] = [
  ...labelled({ kind: 'driver_licence', words: ['license', 'licence', 'licenses', 'licences', 'permit'], label: licenceWord, before: drivers, keys, judge }),
  ...labelled({
    kind: 'driver_licence', words: wordsOfTheirOwn, label: /^(?:prawo jazdy|patente(?: di guida)?|[a-z]+)/, keys: [],
    judge: token => token.digits >= 4 ? judge(token) : 0,
  }),
  // "Führerschein": words begin behind letters that are not ASCII.
  ...labelled({ kind: 'driver_licence', words: ['hrerschein', 'hrerscheinnummer', 'rkort', 'rkortsnummer'], before: /(?:fü|kö)$/, keys: [], judge }),
  ...labelled({ kind: 'driver_licence', words: ['conduire', 'conducir', 'conducir', 'conduccion'], before: /(?:permis|licencia|permiso|carnet|carné) de $/, keys: [], judge }),
]

const soundex = (value: string): boolean => /^[A-Z]\d+$/.test(value)
const british = /^(?=[A-Z9]{5}\d)[A-Z]{1,5}9{0,4}\d(?:[05][1-9]|[16][0-2])(?:0[1-9]|[12]\d|3[01])\d[A-Z9]{2}[A-Z\d]{3}$/
const label = 'license,licence,licenses,dl,dln,permis,führerschein*'

/** Groupings that only licences have: name as Soundex, then parts of the birth date (FL, IL, WI, MD, MI, NJ), and the British one. */
export const licenceLayouts: readonly NationalId[] = [
  row('driver_licence', { 'A3-3-2-3-1': distinct, 'A3-3-2-3': rare, 'A3-4-4': rare, 'A3-4-4-2': distinct, 'A-3-3-3-3': rare, 'A 3 3 3 3': rare, 'A4 5 5': rare, 'A4-5-5': rare }, label, () => true, soundex),
  row('driver_licence', { '#16': distinct }, label, () => true, value => british.test(value)),
]
