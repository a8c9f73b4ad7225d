// Vehicles: identification numbers (ISO 3779) by their check digit, and licence plates behind a label.
import type { Rule } from '../../rule.ts'
import { weighted } from './checksums.ts'
import { labelled } from './labelled.ts'
import type { Token } from './labels.ts'
import { row, type NationalId } from './national-id.ts'

const values: Readonly<Record<string, number>> = { A: 1, B: 2, C: 3, D: 4, E: 5, F: 6, G: 7, H: 8, J: 1, K: 2, L: 3, M: 4, N: 5, P: 7, R: 9, S: 2, T: 3, U: 4, V: 5, W: 6, X: 7, Y: 8, Z: 9 }
const vinWeights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]

/** 49 CFR 565.15: binding in North America and China, and not reckoned by most European makers. */
const vinHolds = (value: string): boolean =>
  '0123456789X'[weighted(value.replace(/[A-Z]/g, letter => String(values[letter] ?? 0)), vinWeights) % 11] === value[8]
const vinFits = (value: string): boolean => /^(?=.{0,15}[A-Z])[A-HJ-NPR-Z\d]{13}\d{4}$/.test(value)

export const vehicleNumbers: readonly NationalId[] = [row('vehicle', { '#17': 0.8 }, 'vin,vin no,vehicle id*,chassis*,fahrgestellnummer,fin,telaio,bastidor,châssis', vinHolds, vinFits)]

/** Both letters and digits, or a label would make a plate of any word; four to eight of them. */
const plate = ({ bare, digits }: Token, raw: string): number =>
  digits > 0 && digits < bare.length && bare.length >= 4 && bare.length <= 8 && /^[A-ZÄÖÜ\d][A-ZÄÖÜ\d -]{2,10}$/.test(raw) ? 0.75 : 0

const words = ['plate', 'plates', 'kennzeichen', 'autokennzeichen', 'nummernschild', 'immatriculation', 'kenteken', 'targa', 'rego', 'vrm', 'numberplate']

export const plates: readonly Rule[] = [
  ...labelled({ kind: 'vehicle', words, keys: [...words, 'license plate', 'licence plate', 'plate number', 'vehicle registration', 'registration plate', 'matricula'], judge: plate, capitals: true }),
  ...labelled({ kind: 'vehicle', words: ['registration', 'reg'], before: /(?:vehicle|car|van|lorry|truck|motorcycle)'?s? $/, keys: [], judge: plate, capitals: true }),
  ...labelled({ kind: 'vehicle', words: ['matricula', 'tricula'], before: /(?:^|\W|má)$/, keys: [], judge: plate, capitals: true }),
]
