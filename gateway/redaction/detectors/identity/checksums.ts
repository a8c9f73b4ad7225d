// Check digits and embedded dates of identity numbers. Each takes the bare characters (no separators, upper case) and is exact: whether a
// wrong one still counts is for the rules to say.

export const digitAt = (value: string, index: number): number => value.charCodeAt(index) - 48

/** Sum of the digits, each times its weight. Letters count as what lies behind "9" in ASCII, less 48 (as in the Brazilian CNPJ). */
export const weighted = (value: string, weights: readonly number[]): number => {
  let sum = 0
  for (let index = 0; index < weights.length; index += 1) sum += digitAt(value, index) * (weights[index] ?? 0)
  return sum
}

/** Luhn (ISO/IEC 7812-1, annex B). */
export const luhnHolds = (value: string): boolean => {
  let sum = 0
  for (let index = 0; index < value.length; index += 1) {
    const digit = digitAt(value, value.length - 1 - index) * (index % 2 === 1 ? 2 : 1)
    sum += digit > 9 ? digit - 9 : digit
  }
  return sum % 10 === 0
}

/** Rest of a long decimal number; its digits never become one JavaScript number. */
export const decimalRest = (digits: string, modulus: number): number => {
  let rest = 0
  for (let index = 0; index < digits.length; index += 1) rest = (rest * 10 + digitAt(digits, index)) % modulus
  return rest
}

/** ISO/IEC 7064, MOD 11,10: the last digit checks the others. */
export const mod11And10Holds = (value: string): boolean => {
  let product = 10
  for (let index = 0; index < value.length - 1; index += 1) {
    const sum = (digitAt(value, index) + product) % 10 || 10
    product = (sum * 2) % 11
  }
  return (11 - product) % 10 === digitAt(value, value.length - 1)
}

// The dihedral group of order ten: 0 to 4 are rotations of a pentagon and 5 to 9 its reflections (Verhoeff, 1969).
const composed = (a: number, b: number): number => {
  if (a < 5) return b < 5 ? (a + b) % 5 : 5 + (a + b) % 5
  return b < 5 ? 5 + (a - b + 5) % 5 : (a - b + 5) % 5
}
const permutation = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]

export const verhoeffHolds = (value: string): boolean => {
  let check = 0
  for (let index = 0; index < value.length; index += 1) {
    let digit = digitAt(value, value.length - 1 - index)
    for (let times = index % 8; times > 0; times -= 1) digit = permutation[digit] ?? 0
    check = composed(check, digit)
  }
  return check === 0
}

/** EAN-13. */
export const eanHolds = (value: string): boolean => weighted(value, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0

const longestMonths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Is there such a day? @param year null where only two digits of it are known */
export const isDay = (day: number, month: number, year: number | null): boolean => {
  const longest = longestMonths[month - 1]
  if (longest === undefined || day < 1 || day > longest) return false
  return day < 29 || month !== 2 || year === null || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0))
}

const pair = (value: string, index: number): number => digitAt(value, index) * 10 + digitAt(value, index + 1)

/** Do six digits name a day, as YYMMDD? @param added what the scheme may add to the day (coordination numbers: 60) */
export const yearFirst = (value: string, from = 0, added = 0): boolean => {
  const [month, day] = [pair(value, from + 2), pair(value, from + 4)]
  return isDay(day > added && added > 0 ? day - added : day, month, null)
}

/** Do six digits name a day, as DDMMYY? @param added what the scheme may add to the day */
export const dayFirst = (value: string, from = 0, added = 0): boolean => {
  const [day, month] = [pair(value, from), pair(value, from + 2)]
  return isDay(day > added && added > 0 ? day - added : day, month, null)
}

/** Do eight digits name a day that somebody alive can be born on, as YYYYMMDD? */
export const fullDate = (value: string, from = 0, added = 0): boolean => {
  const century = pair(value, from)
  return (century === 19 || century === 20) && (century === 19 || pair(value, from + 2) < 40) && yearFirst(value, from + 2, added)
}
