// Makes identity numbers up: a body of somebody's choice and the check digits that belong to it, reckoned the way the issuers tell it to
// people (add from the right, look up in the table), not the way the gateway checks it.
import type { BuiltInKind } from '../../../../gateway/exchange/kinds.ts'

const digits = (text: string): number[] => Array.from(text.replace(/\D/g, ''), Number)
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const dot = (text: string, weights: readonly number[]): number => sum(digits(text).map((digit, index) => digit * weights[index]!))

/** A body from a seed: the same one each time, digits that look arbitrary. */
export const body = (length: number, seed: number): string => {
  let state = BigInt(seed) * 7_919n + 104_729n
  let out = ''
  while (out.length < length) {
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) % (1n << 64n)
    out += String((state >> 40n) % 10n)
  }
  return out
}

const luhnDigit = (text: string): string => {
  const doubled = digits(text).reverse().map((digit, index) => index % 2 === 0 ? sum(digits(String(digit * 2))) : digit)
  return String((10 - sum(doubled) % 10) % 10)
}

const verhoeffTable = ['0123456789', '1234067895', '2340178956', '3401289567', '4012395678', '5987604321', '6598710432', '7659821043', '8765932104', '9876543210']
const verhoeffTurns = ['0123456789', '1576283094', '5803796142', '8916043527', '9453126870', '4286573901', '2793806415', '7046913258']
const verhoeffDigit = (text: string): string => {
  const check = digits(text).reverse().reduce((so, digit, index) => Number(verhoeffTable[so]![Number(verhoeffTurns[(index + 1) % 8]![digit])]), 0)
  return '0432156789'[check]!
}

/** Tries bodies until one has a check digit: schemes with modulus eleven leave some bodies out. */
const first = (length: number, seed: number, make: (body: string) => string | null): string => {
  for (let tries = 0; ; tries += 1) {
    const made = make(body(length, seed + tries * 1000))
    if (made !== null) return made
  }
}
/** Puts the groups of a layout around the characters: "3.3.3-2". */
export const written = (bare: string, layout: string): string => {
  let at = 0
  return layout.replace(/\d+/g, length => bare.slice(at, at += Number(length)))
}

const birth = (seed: number): { readonly yymmdd: string; readonly ddmmyy: string; readonly year: string } => {
  const [yy, mm, dd] = [50 + seed * 7 % 49, 1 + seed * 5 % 12, 1 + seed * 11 % 28].map(value => String(value).padStart(2, '0')) as [string, string, string]
  return { yymmdd: yy + mm + dd, ddmmyy: dd + mm + yy, year: `19${yy}` }
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const fiscalOddValues: Record<string, number> = Object.fromEntries(Array.from('0123456789', (mark, index) => [mark, [1, 0, 5, 7, 9, 13, 15, 17, 19, 21][index]!]))
;[1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23].forEach((value, index) => { fiscalOddValues[letters[index]!] = value })

const cpfDigits = (text: string): string => {
  const next = (so: string): string => String(sum(digits(so).reverse().map((digit, index) => digit * (index + 2))) * 10 % 11 % 10)
  const one = next(text)
  return one + next(text + one)
}
const cnpjDigits = (text: string): string => {
  const next = (so: string): string => {
    const rest = sum(digits(so).reverse().map((digit, index) => digit * (2 + index % 8))) % 11
    return String(rest < 2 ? 0 : 11 - rest)
  }
  const one = next(text)
  return one + next(text + one)
}

type Maker = (seed: number) => string

/** Bare, without separators. */
export const invented: Partial<Record<BuiltInKind, Maker>> = {
  uk_nhs: seed => first(9, seed, nine => {
    const check = 11 - dot(nine, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11
    return check === 10 ? null : `${nine}${check % 11}`
  }),
  de_tax_id: seed => {
    const ten = ['1234567892', '2345678903', '9876543215', '3146502874', '5192837461'][seed % 5]!
    let product = 10
    for (const digit of digits(ten)) product = ((digit + product) % 10 || 10) * 2 % 11
    return `${ten}${(11 - product) % 10}`
  },
  fr_nir: seed => {
    const thirteen = `${1 + seed % 2}${body(2, seed)}${String(1 + seed % 12).padStart(2, '0')}75${body(6, seed)}`
    return thirteen + String(97n - BigInt(thirteen) % 97n).padStart(2, '0')
  },
  it_fiscal_code: seed => {
    const fifteen = `${['RSSMRA', 'BNCLCU', 'VRDGPP', 'FRRNNA', 'MNTCRL'][seed % 5]!}${50 + seed % 49}${'ABCDEHLMPRST'[seed % 12]!}${String(1 + seed % 28).padStart(2, '0')}H${100 + seed % 800}`
    const total = sum(Array.from(fifteen, (mark, index) => index % 2 === 0 ? fiscalOddValues[mark]! : /\d/.test(mark) ? Number(mark) : letters.indexOf(mark)))
    return fifteen + letters[total % 26]!
  },
  es_dni: seed => `${body(8, seed)}${'TRWAGMYFPDXBNJZSQVHLCKE'[Number(body(8, seed)) % 23]!}`,
  nl_bsn: seed => first(8, seed, eight => {
    const check = sum(digits(eight).map((digit, index) => digit * (9 - index))) % 11
    return check === 10 || eight.startsWith('0') ? null : `${eight}${check}`
  }),
  pl_pesel: seed => {
    const ten = birth(seed).yymmdd + body(4, seed)
    return `${ten}${(10 - dot(ten, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10) % 10}`
  },
  se_personnummer: seed => birth(seed).yymmdd + body(3, seed) + luhnDigit(birth(seed).yymmdd + body(3, seed)),
  in_aadhaar: seed => {
    const eleven = `${2 + seed % 8}${body(10, seed)}`
    return eleven + verhoeffDigit(eleven)
  },
  br_cpf: seed => body(9, seed) + cpfDigits(body(9, seed)),
  br_cnpj: seed => `${body(8, seed)}0001${cnpjDigits(`${body(8, seed)}0001`)}`,
  au_tfn: seed => first(8, seed, eight => {
    const check = sum(digits(eight).map((digit, index) => digit * [1, 4, 3, 7, 5, 8, 6, 9][index]!)) % 11
    return check === 10 ? null : `${eight}${check}`
  }),
  au_medicare: seed => {
    const eight = `${2 + seed % 5}${body(7, seed)}`
    return `${eight}${dot(eight, [1, 3, 7, 9, 1, 3, 7, 9]) % 10}1`
  },
  ca_sin: seed => {
    const eight = `${1 + seed % 7}${body(7, seed)}`
    return eight + luhnDigit(eight)
  },
  ch_ahv: seed => {
    const twelve = `756${body(9, seed)}`
    return `${twelve}${(10 - sum(digits(twelve).reverse().map((digit, index) => digit * (index % 2 === 0 ? 3 : 1))) % 10) % 10}`
  },
  at_svnr: seed => first(3, seed, three => {
    const check = (dot(three, [3, 7, 9]) + dot(birth(seed).ddmmyy, [5, 8, 4, 2, 1, 6])) % 11
    return check === 10 || three.startsWith('0') ? null : `${three}${check}${birth(seed).ddmmyy}`
  }),
  be_nrn: seed => {
    const nine = birth(seed).yymmdd + body(3, seed)
    return nine + String(97 - Number(nine) % 97).padStart(2, '0')
  },
  dk_cpr: seed => first(3, seed, three => {
    const check = (11 - dot(birth(seed).ddmmyy + three, [4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11
    return check === 10 ? null : `${birth(seed).ddmmyy}${three}${check}`
  }),
  fi_hetu: seed => {
    const nine = birth(seed).ddmmyy + body(3, seed)
    return `${nine.slice(0, 6)}-${nine.slice(6)}${'0123456789ABCDEFHJKLMNPRSTUVWXY'[Number(nine) % 31]!}`
  },
  no_fnr: seed => first(3, seed, three => {
    const nine = birth(seed).ddmmyy + three
    const one = (11 - dot(nine, [3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11) % 11
    const two = (11 - dot(`${nine}${one % 10}`, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11
    return one === 10 || two === 10 ? null : `${nine}${one}${two}`
  }),
  pt_nif: seed => {
    const eight = `${1 + seed % 3}${body(7, seed)}`
    const check = 11 - dot(eight, [9, 8, 7, 6, 5, 4, 3, 2]) % 11
    return `${eight}${check > 9 ? 0 : check}`
  },
  ie_pps: seed => `${body(7, seed)}${'WABCDEFGHIJKLMNOPQRSTUV'[dot(body(7, seed), [8, 7, 6, 5, 4, 3, 2]) % 23]!}`,
  kr_rrn: seed => {
    const twelve = `${birth(seed).yymmdd}${1 + seed % 2}${body(5, seed)}`
    return `${twelve}${(11 - dot(twelve, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11) % 10}`
  },
  sg_nric: seed => `S${body(7, seed)}${'JZIHGFEDCBA'[dot(body(7, seed), [2, 7, 6, 5, 4, 3, 2]) % 11]!}`,
  za_id: seed => {
    const twelve = `${birth(seed).yymmdd}${body(4, seed)}08`
    return twelve + luhnDigit(twelve)
  },
  tr_tckn: seed => {
    const nine = `${1 + seed % 9}${body(8, seed)}`
    const [odd, even] = [dot(nine, [1, 0, 1, 0, 1, 0, 1, 0, 1]), dot(nine, [0, 1, 0, 1, 0, 1, 0, 1, 0])]
    const ten = `${nine}${((odd * 7 - even) % 10 + 10) % 10}`
    return `${ten}${sum(digits(ten)) % 10}`
  },
  cn_id: seed => {
    const { year, yymmdd } = birth(seed)
    const seventeen = `110105${year}${yymmdd.slice(2)}${body(3, seed)}`
    return seventeen + '10X98765432'[sum(digits(seventeen).map((digit, index) => digit * (2 ** (17 - index) % 11))) % 11]!
  },
  jp_my_number: seed => {
    const rest = sum(digits(body(11, seed)).reverse().map((digit, index) => digit * (index < 6 ? index + 2 : index - 4))) % 11
    return `${body(11, seed)}${rest < 2 ? 0 : 11 - rest}`
  },
  mx_curp: seed => {
    const marks = '0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ'
    const seventeen = `${['GOMA', 'PELU', 'RARO', 'HECA', 'SAVI'][seed % 5]!}${birth(seed).yymmdd}${'HM'[seed % 2]!}DF${['RRN', 'LPS', 'MNZ'][seed % 3]!}0`
    return `${seventeen}${(10 - sum(Array.from(seventeen, (mark, index) => marks.indexOf(mark) * (18 - index))) % 10) % 10}`
  },
}
