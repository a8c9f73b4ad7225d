// Pseudonyms that look like values of their kind. Each comes from a range that is reserved for documentation, or that can belong to nobody:
// whatever a model does with one, it reaches no stranger. Written and read back exactly, by number.
import type { EntityKind } from './kinds.ts'

/** A run of characters of one class, as long as possible. */
export interface Run { readonly of: 'digits' | 'hex'; readonly least: number; readonly most: number }

export interface Shape {
  readonly name: string
  /** Literal text and runs, one after the other: what a reader walks along. */
  readonly parts: readonly (string | Run)[]
  /** Characters that join what stands before or behind to the same word: "x.user1@…" is another address. */
  readonly joins: string
  /** Text that all of its surrogates hold: a document without it holds none. */
  readonly mark: string
  /** The nth, from 1 on; null where the range is used up. */
  write(number: number): string | null
  /** Which one a text is; null where it is none. */
  numberOf(text: string): number | null
}

const digits = (least: number, most = least): Run => ({ of: 'digits', least, most })
const hex = (least: number, most = least): Run => ({ of: 'hex', least, most })

const padded = (number: number, width: number): string | null => {
  const text = String(number)
  return text.length > width ? null : text.padStart(width, '0')
}

const after = (prefix: string, number: string | null, suffix = ''): string | null => number === null ? null : prefix + number + suffix

/** By pattern: its only group is the number. */
const numberBy = (pattern: RegExp, base = 10) => (text: string): number | null => {
  const found = pattern.exec(text)?.[1]
  return found === undefined ? null : Number.parseInt(found.replaceAll(/[-:]/g, ''), base)
}

/** RFC 2606: nobody can have a domain below .example. */
const email: Shape = {
  name: 'email', parts: ['user', digits(1, 9), '@redacted.example'], joins: '._%+-', mark: '@redacted.example',
  write: number => after('user', number < 1e9 ? String(number) : null, '@redacted.example'), numberOf: numberBy(/^user(\d{1,9})@redacted\.example$/),
}

/** 555-0100 to 555-0199 of every North American area code are kept for fiction (NANPA). */
const phone: Shape = {
  name: 'phone', parts: ['+1-', digits(3), '-555-01', digits(2)], joins: '-', mark: '-555-01',
  write: number => number > 80_000 ? null : `+1-${200 + Math.floor((number - 1) / 100)}-555-01${String((number - 1) % 100).padStart(2, '0')}`,
  numberOf: text => {
    const [, area, line] = /^\+1-(\d{3})-555-01(\d\d)$/.exec(text) ?? []
    return area === undefined || line === undefined || Number(area) < 200 ? null : (Number(area) - 200) * 100 + Number(line) + 1
  },
}

const luhnDigit = (payload: string): number => {
  let sum = 0
  for (let at = payload.length - 1, doubled = true; at >= 0; at -= 1, doubled = !doubled) {
    const value = Number(payload[at]) * (doubled ? 2 : 1)
    sum += value > 9 ? value - 9 : value
  }
  return (10 - sum % 10) % 10
}

/** The issuer number of test cards, and a check digit (ISO/IEC 7812, Luhn) that is always wrong. */
const card: Shape = {
  name: 'card', parts: ['400000', digits(10)], joins: '-', mark: '400000',
  write: number => {
    const payload = after('400000', padded(number, 9))
    return payload === null ? null : payload + String((luhnDigit(payload) + 1) % 10)
  },
  numberOf: numberBy(/^400000(\d{9})\d$/),
}

/** Check digits of an IBAN run from 02 to 98 (ISO 13616), so no account has 00. */
const iban: Shape = {
  name: 'iban', parts: ['DE00', digits(18)], joins: '-', mark: 'DE00',
  write: number => after('DE00', padded(number, 18)), numberOf: numberBy(/^DE00(\d{18})$/),
}

const documentationNets = ['192.0.2', '198.51.100', '203.0.113'] as const
const hostsInNet = 254
const firstInBench = documentationNets.length * hostsInNet + 1

/** RFC 5737 has 762 addresses for documentation; behind them those for bench tests (RFC 2544, 198.18.0.0/15). */
const ipv4: Shape = {
  name: 'ipv4', parts: [digits(3), '.', digits(1, 2), '.', digits(1, 3), '.', digits(1, 3)], joins: '.', mark: '.',
  write: number => {
    const net = documentationNets[Math.floor((number - 1) / hostsInNet)]
    if (net !== undefined) return `${net}.${(number - 1) % hostsInNet + 1}`
    const index = number - firstInBench
    return index >= 1 << 17 ? null : `198.${18 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`
  },
  numberOf: text => {
    const net = documentationNets.findIndex(one => text.startsWith(`${one}.`))
    const [, second, third, fourth] = /^\d+\.(\d+)\.(\d+)\.(\d+)$/.exec(text)?.map(Number) ?? []
    if (second === undefined || third === undefined || fourth === undefined) return null
    if (net !== -1) return fourth >= 1 && fourth <= hostsInNet ? net * hostsInNet + fourth : null
    return text.startsWith('198.') && (second === 18 || second === 19) && third < 256 && fourth < 256 ? firstInBench + ((second - 18) << 16) + (third << 8) + fourth : null
  },
}

/** RFC 3849. */
const ipv6: Shape = {
  name: 'ipv6', parts: ['2001:db8::', hex(4), ':', hex(4)], joins: ':.', mark: '2001:db8::',
  write: number => number >= 2 ** 32 ? null : `2001:db8::${number.toString(16).padStart(8, '0').replace(/^.{4}/, '$&:')}`,
  numberOf: numberBy(/^2001:db8::([\da-f]{4}:[\da-f]{4})$/, 16),
}

/** Locally administered: no maker may give one out (IEEE 802). */
const mac: Shape = {
  name: 'mac', parts: ['02:00:5e:', hex(2), ':', hex(2), ':', hex(2)], joins: ':-', mark: '02:00:5e:',
  write: number => number >= 2 ** 24 ? null : `02:00:5e:${number.toString(16).padStart(6, '0').replace(/(..)(..)(..)/, '$1:$2:$3')}`,
  numberOf: numberBy(/^02:00:5e:([\da-f]{2}:[\da-f]{2}:[\da-f]{2})$/, 16),
}

/** The area number 000 was never given out. */
const ssn: Shape = {
  name: 'ssn', parts: ['000-', digits(2), '-', digits(4)], joins: '-', mark: '000-',
  write: number => number >= 1e6 ? null : String(number).padStart(6, '0').replace(/^(..)(....)$/, '000-$1-$2'),
  numberOf: numberBy(/^000-(\d\d-\d{4})$/),
}

/** For numbers that no range is reserved of: the form of a UUID, with a random part that no generator leaves empty. */
const identifier: Shape = {
  name: 'identifier', parts: ['00000000-0000-4000-8000-', digits(12)], joins: '-', mark: '00000000-0000-4000-8000-',
  write: number => after('00000000-0000-4000-8000-', padded(number, 12)), numberOf: numberBy(/^00000000-0000-4000-8000-(\d{12})$/),
}

export const shapes: readonly Shape[] = [email, phone, card, iban, ipv4, ipv6, mac, ssn, identifier]

const byKind: Readonly<Partial<Record<EntityKind, Shape>>> = {
  email, phone, card, iban, ipv4, ipv6, mac, us_ssn: ssn,
  bank_account: identifier, national_id: identifier, passport: identifier, driver_licence: identifier, vehicle: identifier, medical_record: identifier, crypto_address: identifier,
}

/** What surrogates of a kind look like; undefined where no range belongs to nobody. Secrets have none: they must never be taken for anything else. */
export const shapeOf = (kind: EntityKind): Shape | undefined => byKind[kind]

/** Longest surrogate together with the two characters behind it that tell whether it ends there. */
export const maxSurrogateLength = 38
