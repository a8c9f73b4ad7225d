// Identity numbers of Europe. Check digits as the issuing authorities describe them; what OECD's and EU's lists of tax numbers say was compared.
import { dayFirst, decimalRest, digitAt, eanHolds, fullDate, luhnHolds, mod11And10Holds, weighted, yearFirst } from './checksums.ts'
import { bare, distinct, grouped, rare, row, unmistakable, type NationalId } from './national-id.ts'

const ninoPrefix = /^(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]/

const nhsHolds = (value: string): boolean => (11 - weighted(value, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11 === digitAt(value, 9)

/** Of the first ten digits one occurs twice or three times, and no other does. */
const repeatsOne = (value: string): boolean => {
  const counts = Array.from({ length: 10 }, (_, digit) => value.slice(0, 10).split(String(digit)).length - 1)
  return value[0] !== '0' && counts.filter(count => count > 1).length === 1 && Math.max(...counts) < 4
}

// Corsica's departments are 2A and 2B; the key is reckoned with 19 and 18.
const nirDigits = (value: string): string => value.replace('2A', '19').replace('2B', '18')
/** Without its key it is never right: or the first thirteen digits would be surer than all fifteen with a wrong key. */
const nirHolds = (value: string): boolean => value.length === 15 && 97 - decimalRest(nirDigits(value).slice(0, 13), 97) === Number(value.slice(13))
const nirFits = (value: string): boolean => /^[12378]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{2}|2[AB])/.test(value)

const fiscalOdd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]
const fiscalHolds = (value: string): boolean => {
  let sum = 0
  for (let index = 0; index < 15; index += 1) {
    const code = value.charCodeAt(index)
    const rank = code < 58 ? code - 48 : code - 65
    sum += index % 2 === 0 ? fiscalOdd[rank] ?? 0 : rank
  }
  return sum % 26 === value.charCodeAt(15) - 65
}
/** Digits may be letters where two people would have the same code ("omocodia"). */
const fiscalFits = (value: string): boolean => /^[A-Z]{6}[\dLMNP-V]{2}[A-EHLMPRST][0-7LMNP-T][\dLMNP-V][A-Z][\dLMNP-V]{3}[A-Z]$/.test(value)

const dniLetters = 'TRWAGMYFPDXBNJZSQVHLCKE'
const dniHolds = (value: string): boolean => dniLetters[Number(value.slice(0, -1).replace(/^[XYZ]/, first => String('XYZ'.indexOf(first)))) % 23] === value.at(-1)

const bsnHolds = (value: string): boolean => weighted(value.padStart(9, '0'), [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0 && Number(value) > 0

const peselHolds = (value: string): boolean => weighted(value, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0
/** The month tells the century: 01 to 12 for 1900, 21 to 32 for 2000. */
const peselFits = (value: string): boolean => yearFirst(value) || (yearFirst(value.slice(0, 2) + String(Number(value.slice(2, 4)) - 20).padStart(2, '0') + value.slice(4)) && Number(value.slice(0, 2)) < 40)

const personnummerHolds = (value: string): boolean => luhnHolds(value.slice(-10))
// Days of recent years in eight digits are rather those of files and invoices: who was born on one is found behind a label.
const personnummerFits = (value: string): boolean =>
  value.length === 12 ? (value < '2016') && (fullDate(value) || fullDate(value, 0, 60)) : yearFirst(value) || yearFirst(value, 0, 60)

const svnrHolds = (value: string): boolean => weighted(value, [3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 === digitAt(value, 3)

// Born from 2000 on: a 2 stands before the nine digits when the key is reckoned, and nowhere else.
const nrnHolds = (value: string): boolean => {
  const key = Number(value.slice(9))
  return key === 97 - decimalRest(value.slice(0, 9), 97) || key === 97 - decimalRest(`2${value.slice(0, 9)}`, 97)
}

const cprHolds = (value: string): boolean => weighted(value, [4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0

const hetuMarks = '0123456789ABCDEFHJKLMNPRSTUVWXY'
/** The sign of the century may be a letter or a sign; separators are gone here. */
const hetuHolds = (value: string): boolean => hetuMarks[Number(value.slice(0, 6) + value.slice(-4, -1)) % 31] === value.at(-1)

const fnrHolds = (value: string): boolean =>
  weighted(value, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 === 0 && weighted(value, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0
const fnrFits = (value: string): boolean => dayFirst(value) || dayFirst(value, 0, 40)

const nifHolds = (value: string): boolean => {
  const check = 11 - weighted(value, [9, 8, 7, 6, 5, 4, 3, 2]) % 11
  return (check > 9 ? 0 : check) === digitAt(value, 8)
}

const ppsHolds = (value: string): boolean => {
  const second = value.length > 8 && value[8] !== 'W' ? value.charCodeAt(8) - 64 : 0
  return 'WABCDEFGHIJKLMNOPQRSTUV'[(weighted(value, [8, 7, 6, 5, 4, 3, 2]) + second * 9) % 23] === value[7]
}

// Czechia and Slovakia: women's months are 50 more, and either may be 20 more.
const birthNumberFits = (value: string): boolean => {
  const month = Number(value.slice(2, 4)) % 50
  return yearFirst(value.slice(0, 2) + String(month > 20 ? month - 20 : month).padStart(2, '0') + value.slice(4))
}
const birthNumberHolds = (value: string): boolean => value.length === 9 || decimalRest(value, 11) === 0

const cnpHolds = (value: string): boolean => {
  const check = weighted(value, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11
  return (check === 10 ? 1 : check) === digitAt(value, 12)
}

// Estonia and Lithuania reckon with a second row of weights where the first leaves ten.
const balticHolds = (value: string): boolean => {
  const first = weighted(value, [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11
  return (first < 10 ? first : weighted(value, [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10) === digitAt(value, 10)
}

const egnHolds = (value: string): boolean => weighted(value, [2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10 === digitAt(value, 9)

const snilsHolds = (value: string): boolean => weighted(value, [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101 % 100 === Number(value.slice(9))

export const idsOfEurope: readonly NationalId[] = [
  row('uk_nino', { 'AA6A': 0.65, 'AA 2 2 2 A': unmistakable, 'AA 6 A': distinct, 'AA-2-2-2-A': distinct, 'AA6': bare, 'AA 2 2 2': grouped },
    'nino,national insurance,ni number,ni no,ni nr,insurance number', value => value.length < 9 || /[A-D]$/.test(value), value => ninoPrefix.test(value)),
  row('uk_nhs', { '10': bare, '3 3 4': grouped, '3-3-4': bare }, 'nhs,national health service,health service number', nhsHolds),
  row('de_tax_id', { '11': grouped, '2 3 3 3': distinct, '2/3/5': bare, '3/3/5': bare, '3/4/4': bare },
    'steuer id,steuer identifikationsnummer,steueridentifikationsnummer,identifikationsnummer,steuerliche identifikationsnummer,idnr,tin,tax id*,steuernummer,steuer nr,st nr', mod11And10Holds, repeatsOne),
  row('fr_nir', { '15': rare, '13 2': distinct, '1 2 2 2 3 3 2': unmistakable, '1 2 2 2 3 3': distinct, '13': bare, '6A8': distinct, '6A6 2': distinct, '1 2 2 1A 3 3 2': unmistakable },
    'nir,insee,sécurité sociale,securite sociale,sécu,secu,numéro de sécu*,no de sécurité sociale,social security', nirHolds, nirFits),
  row('it_fiscal_code', { '#16': unmistakable, 'AAA AAA 2A2 A3A': unmistakable }, 'codice fiscale,cod fisc,cod fiscale,c.f.,cf,fiscal code,tax code', fiscalHolds, fiscalFits),
  row('es_dni', { '8A': rare, '8-A': 0.75, '8 A': grouped, '2.3.3-A': unmistakable, '2.3.3A': distinct, 'A7A': distinct, 'A-7-A': unmistakable, 'A-7A': distinct },
    'dni,nie,nif,n.i.f,documento nacional,documento de identidad,identidad,identificación de extranjero,spanish id', dniHolds, value => /^(?:\d{8}|[XYZ]\d{7})[A-Z]$/.test(value)),
  row('nl_bsn', { '9': bare, '3 3 3': bare, '4.2.3': grouped, '4 2 3': grouped, '8': 0.1 }, 'bsn,burgerservicenummer,burger service nummer,sofi,sofinummer,sofi nummer,citizen service number', bsnHolds),
  row('pl_pesel', { '11': 0.5 }, 'pesel,numer pesel', peselHolds, peselFits),
  row('se_personnummer', { '6-4': 0.7, '8-4': rare, '6+4': distinct, '10': 0.35, '12': grouped }, 'personnummer,person nr,personnr,pnr,samordningsnummer,swedish id*,personal identity number', personnummerHolds, personnummerFits),
  row('ch_ahv', { '3.4.4.2': unmistakable, '3 4 4 2': unmistakable, '13': rare }, 'ahv,avs,ahv nr,ahv nummer,no avs,numéro avs,sozialversicherungsnummer,oasi', eanHolds, value => value.startsWith('756')),
  row('at_svnr', { '4 6': rare, '4-6': grouped, '10': bare }, 'svnr,sv nr,sv nummer,sozialversicherungsnummer,sozialversicherungs nr,versicherungsnummer,vsnr', svnrHolds, value => dayFirst(value, 4)),
  row('be_nrn', { '2.2.2-3.2': unmistakable, '6-3-2': distinct, '6 3 2': distinct, '6-3.2': distinct, '11': rare, '2 2 2 3 2': distinct },
    'rijksregister*,registre national,numéro national,numero national,nrn,niss,insz,national register', nrnHolds, yearFirst),
  row('dk_cpr', { '6-4': rare, '6 4': grouped, '10': bare }, 'cpr,cpr nr,cpr nummer,personnummer,danish id', cprHolds, dayFirst),
  row('fi_hetu', { '6-3A': unmistakable, '6+3A': unmistakable, '6A3A': distinct, '6A4': rare, '6-4': rare, '6+4': distinct },
    'hetu,henkilötunnus*,henkilotunnus*,sotu,personbeteckning,finnish id', hetuHolds, dayFirst),
  row('no_fnr', { '11': 0.65, '6 5': distinct }, 'fødselsnummer,fodselsnummer,fnr,fødselsnr,personnummer,d nummer,norwegian id', fnrHolds, fnrFits),
  row('pt_nif', { '9': bare, '3 3 3': bare }, 'nif,contribuinte,número de contribuinte,número fiscal,identificação fiscal', nifHolds, value => /^[1235689]/.test(value)),
  row('ie_pps', { '7A': 0.55, '7AA': rare, '7 A': bare }, 'pps,ppsn,pps no,pps number,personal public service', ppsHolds, value => value.length < 9 || /[ABHPSTW]$/.test(value)),
  row('national_id', { '6/4': distinct, '6/3': grouped, '10': bare }, 'rodné číslo,rodne cislo,rodného čísla,rč,birth number', birthNumberHolds, birthNumberFits),
  row('national_id', { '13': grouped }, 'cnp,cod numeric personal', cnpHolds, value => /^[1-9]/.test(value) && yearFirst(value, 1)),
  row('national_id', { '11': grouped }, 'isikukood,asmens kodas,personal code', balticHolds, value => /^[1-6]/.test(value) && yearFirst(value, 1)),
  row('national_id', { '10': bare }, 'егн,egn', egnHolds),
  row('national_id', { '11': grouped }, 'oib,osobni identifikacijski broj', mod11And10Holds),
  row('national_id', { '3-3-3 2': distinct, '3-3-3-2': distinct, '11': bare }, 'снилс,snils', snilsHolds),
]
