// Values of our own making, right in their check digits. Cards are in the ranges that the schemes issue, everything else in documentation or
// unassigned ranges where there are any; none is anybody's.
import type { Random } from './random.ts'
import type { Scored } from './labelled.ts'

const luhnDigit = (body: string): string => {
  let sum = 0
  for (let at = 0; at < body.length; at += 1) {
    const digit = Number(body[body.length - 1 - at])
    const weighed = at % 2 === 0 ? digit * 2 : digit
    sum += weighed > 9 ? weighed - 9 : weighed
  }
  return String((10 - sum % 10) % 10)
}

const card = (random: Random): string => {
  const [prefix, length, groups] = random.pick([['4', 16, [4, 4, 4, 4]], ['53', 16, [4, 4, 4, 4]], ['34', 15, [4, 6, 5]], ['6011', 16, [4, 4, 4, 4]]] as const)
  const body = prefix + random.digits(length - prefix.length - 1)
  const whole = body + luhnDigit(body)
  const separator = random.pick(['', '', ' ', '-'])
  let at = 0
  return groups.map(size => whole.slice(at, at += size)).join(separator)
}

/** ISO 13616: the country and two zeros go to the end, letters count from 10, what is left of 98 is the check. */
const ibanOf = (country: string, account: string): string => {
  let rest = 0
  for (const character of `${account}${country}00`) rest = Number(`${rest}${parseInt(character, 36)}`) % 97
  return `${country}${String(98 - rest).padStart(2, '0')}${account}`
}

const iban = (random: Random): string => {
  const whole = random.pick([
    (): string => ibanOf('DE', random.digits(18)), (): string => ibanOf('GB', random.from('ABCDEFGHKLMNPRST', 4) + random.digits(14)),
    (): string => ibanOf('NL', random.from('ABCDEFGHKLMNPRST', 4) + random.digits(10)), (): string => ibanOf('AT', random.digits(16)),
  ])()
  return random.below(2) === 0 ? whole : whole.replaceAll(/(.{4})(?=.)/g, '$1 ')
}

const given = ['ida', 'tomas', 'mireille', 'oskar', 'pilar', 'jonne', 'beata', 'kwame', 'sanne', 'lucio'] as const
const family = ['hollander', 'brandvik', 'okoro', 'castelo', 'weisz', 'jarvinen', 'dubrau', 'mwangi', 'sorell', 'pietri'] as const
const domains = ['example.com', 'example.org', 'mail.example.net', 'corp.example', 'post.example.co.uk'] as const

const email = (random: Random): string => {
  const name = `${random.pick(given)}${random.pick(['.', '_', '', '-'])}${random.pick(family)}${random.pick(['', '', String(random.below(90) + 10)])}`
  return `${name}@${random.pick(domains)}`
}

const ssn = (random: Random): string => {
  const area = random.pick([1 + random.below(665), 667 + random.below(233)])
  return `${String(area).padStart(3, '0')}-${String(1 + random.below(99)).padStart(2, '0')}-${String(1 + random.below(9999)).padStart(4, '0')}`
}

const octet = (random: Random): number => 1 + random.below(254)
const ip = (random: Random): string => random.pick([
  (): string => `${octet(random)}.${octet(random)}.${octet(random)}.${octet(random)}`,
  (): string => `2001:db8:${random.from('0123456789abcdef', 4)}::${random.from('123456789abcdef', 3)}`,
])()

const mac = (random: Random): string => Array.from({ length: 6 }, () => random.from('0123456789abcdef', 2)).join(random.pick([':', '-']))

const phone = (random: Random): string => random.pick([
  (): string => `+1 ${random.pick(['212', '415', '617'])}-555-01${random.digits(2)}`,
  (): string => `(${random.pick(['303', '206', '512'])}) 555-01${random.digits(2)}`,
  (): string => `+44 20 7946 0${random.digits(3)}`,
  (): string => `+49 30 23125 ${random.digits(3)}`,
  (): string => `+33 1 99 00 ${random.digits(2)} ${random.digits(2)}`,
  (): string => `${random.pick(['303', '206', '512'])}-555-01${random.digits(2)}`,
])()

const url = (random: Random): string => `${random.pick(['https://', 'http://', 'https://www.'])}${random.pick(['intranet', 'status', 'wiki'])}.${random.pick(domains)}/${random.from('abcdefghijklmnopqrstuvwxyz', 6)}/${random.digits(3)}`

const alphanumeric = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789'
const secret = (random: Random): string => random.pick([
  // Put together from halves, so that nobody who searches the tree takes them for keys.
  (): string => `${'sk-' + 'proj-'}${random.from(alphanumeric, 44)}${random.digits(4)}`, (): string => `${'gh' + 'p_'}${random.from(alphanumeric, 36)}`,
  (): string => `${'AK' + 'IA'}${random.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}`, (): string => `${'glp' + 'at-'}${random.from(alphanumeric, 20)}`,
  (): string => `${'xox' + 'b-'}${random.digits(12)}-${random.digits(12)}-${random.from(alphanumeric, 24)}`,
])()

/** By what is scored; "secret" stands for every kind of key. */
export const generators: Readonly<Record<Scored, (random: Random) => string>> = { card, iban, email, us_ssn: ssn, ip, mac, phone, url, secret }
