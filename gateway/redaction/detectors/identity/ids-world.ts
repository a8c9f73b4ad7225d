// Identity numbers outside of Europe. Check digits as the issuing authorities describe them.
import { decimalRest, digitAt, fullDate, luhnHolds, verhoeffHolds, weighted, yearFirst } from './checksums.ts'
import { bare, distinct, grouped, rare, row, unmistakable, type NationalId } from './national-id.ts'

const cpfDigit = (value: string, length: number): boolean =>
  weighted(value, Array.from({ length }, (_, index) => length + 1 - index)) * 10 % 11 % 10 === digitAt(value, length)
const differs = (value: string): boolean => value.split('').some(character => character !== value[0])

const cnpjWeights = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]
const cnpjDigit = (value: string, length: number): boolean => {
  const rest = weighted(value, cnpjWeights.slice(13 - length)) % 11
  return (rest < 2 ? 0 : 11 - rest) === digitAt(value, length)
}
const cnpjHolds = (value: string): boolean => cnpjDigit(value, 12) && cnpjDigit(value, 13)

/** Check digit of CURP and of what else numbers letters by their place in the alphabet with Ñ. */
const curpMarks = '0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ'
const curpHolds = (value: string): boolean => {
  let sum = 0
  for (let index = 0; index < 17; index += 1) sum += curpMarks.indexOf(value.charAt(index)) * (18 - index)
  return (10 - sum % 10) % 10 === digitAt(value, 17)
}
const curpFits = (value: string): boolean => /^[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{2}[B-DF-HJ-NP-TV-Z]{3}[A-Z\d]\d$/.test(value) && yearFirst(value, 4)

const rrnHolds = (value: string): boolean => (11 - weighted(value, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11) % 10 === digitAt(value, 12)

const nricLetters: Readonly<Record<string, readonly [letters: string, added: number]>> = {
  S: ['JZIHGFEDCBA', 0], T: ['JZIHGFEDCBA', 4], F: ['XWUTRQPNMLK', 0], G: ['XWUTRQPNMLK', 4], M: ['KLJNPQRTUWX', 3],
}
const nricHolds = (value: string): boolean => {
  const [letters, added] = nricLetters[value.charAt(0)] ?? ['', 0]
  const rest = (weighted(value.slice(1), [2, 7, 6, 5, 4, 3, 2]) + added) % 11
  // The letters of the M series, of 2022, are counted from the other end.
  return letters[value.startsWith('M') ? 10 - rest : rest] === value.at(-1)
}

const tcknHolds = (value: string): boolean =>
  (((weighted(value, [7, -1, 7, -1, 7, -1, 7, -1, 7]) % 10) + 10) % 10) === digitAt(value, 9) && weighted(value, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]) % 10 === digitAt(value, 10)

const cnHolds = (value: string): boolean => '10X98765432'[weighted(value, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11] === value[17]

const myNumberHolds = (value: string): boolean => {
  const rest = weighted(value, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11
  return (rest < 2 ? 0 : 11 - rest) === digitAt(value, 11)
}

const rutHolds = (value: string): boolean => {
  const body = value.slice(0, -1).padStart(8, '0')
  return '0K987654321'[weighted(body, [3, 2, 7, 6, 5, 4, 3, 2]) % 11] === value.at(-1)
}
const cuitHolds = (value: string): boolean => weighted(value, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0
const thaiHolds = (value: string): boolean => (11 - weighted(value, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 10 === digitAt(value, 12)
const taiwanHolds = (value: string): boolean => {
  const first = 'ABCDEFGHJKLMNPQRSTUVXYWZIO'.indexOf(value.charAt(0)) + 10
  return (Math.floor(first / 10) + first % 10 * 9 + weighted(value.slice(1), [8, 7, 6, 5, 4, 3, 2, 1, 1])) % 10 === 0
}

const uae = (value: string): boolean => value.startsWith('784')

export const idsOfTheWorld: readonly NationalId[] = [
  row('in_aadhaar', { '12': bare, '4 4 4': grouped, '4-4-4': grouped }, 'aadhaar,aadhar,adhaar,uidai,आधार', verhoeffHolds, value => /^[2-9]/.test(value)),
  row('in_pan', { 'AAAAA4A': rare }, 'pan,pan card,pan no,permanent account', () => true, value => /^[A-Z]{3}[ABCEFGHJLPT]/.test(value)),
  row('br_cpf', { '3.3.3-2': unmistakable, '9-2': rare, '11': grouped, '3 3 3 2': rare }, 'cpf,cadastro de pessoa*,contribuinte', value => cpfDigit(value, 9) && cpfDigit(value, 10), differs),
  row('br_cnpj', { '2.3.3/4-2': unmistakable, '8/4-2': distinct, '14': grouped, '12-2': grouped, '#14': bare }, 'cnpj,cadastro nacional', cnpjHolds, value => /^[\dA-Z]{12}\d{2}$/.test(value) && differs(value)),
  row('au_tfn', { '9': bare, '3 3 3': bare, '8': 0.1 }, 'tfn,tax file,tax file no,tax file number', value => weighted(value, value.length === 8 ? [10, 7, 8, 4, 6, 3, 5, 1] : [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0),
  row('au_medicare', { '4 5 1': rare, '4-5-1': grouped, '10': bare, '11': 0.2, '4 5 1/1': distinct, '4 5 1-1': distinct, '4 5 1 1': grouped }, 'medicare*', value => weighted(value, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === digitAt(value, 8), value => /^[2-6]/.test(value)),
  row('ca_sin', { '9': bare, '3 3 3': 0.35, '3-3-3': grouped }, 'sin,social insurance,sin no,nas,assurance sociale', luhnHolds, value => /^[1-79]/.test(value)),
  row('kr_rrn', { '6-7': 0.9, '13': 0.35 }, '주민등록번호,주민번호,rrn,resident registration,jumin*,外国人登録', rrnHolds, value => yearFirst(value) && /^[1-8]/.test(value.slice(6))),
  row('sg_nric', { 'A7A': distinct }, 'nric,fin,fin no,uin,singapore id,identity card', nricHolds, value => /^[STFGM]/.test(value)),
  row('za_id', { '13': rare, '6 4 3': distinct, '6 4 2 1': distinct }, 'south african id,sa id,rsa id,za id,identity number,id nommer', luhnHolds, value => yearFirst(value) && /^[012][89]/.test(value.slice(10))),
  row('tr_tckn', { '11': grouped, '3 3 3 2': rare }, 'tckn,tc kimlik*,t.c. kimlik*,t.c,tc no,kimlik no*,kimlik numarası,vatandaşlık,turkish id', tcknHolds, value => !value.startsWith('0')),
  row('cn_id', { '18': 0.9, '17A': unmistakable, '6 8 4': distinct, '6 8 3A': distinct }, '身份证*,身份證*,公民身份号码,shenfenzheng,chinese id,resident identity,identity card', cnHolds, value => /^[1-8]/.test(value) && fullDate(value, 6)),
  row('jp_my_number', { '12': bare, '4 4 4': grouped, '4-4-4': grouped }, 'マイナンバー,個人番号,my number,mynumber,individual number', myNumberHolds),
  row('mx_curp', { '#18': unmistakable }, 'curp,clave única,clave unica', curpHolds, curpFits),
  row('national_id', { '2.3.3-1': distinct, '2.3.3-A': distinct, '8-1': grouped, '8-A': bare, '1.3.3-1': distinct, '1.3.3-A': distinct }, 'rut,rol único*', rutHolds),
  row('national_id', { '2-8-1': distinct, '11': bare }, 'cuit,cuil', cuitHolds),
  row('national_id', { '1-4-5-2-1': unmistakable, '1 4 5 2 1': unmistakable, '13': bare }, 'เลขประจำตัวประชาชน,บัตรประชาชน,thai id,citizen id', thaiHolds),
  row('national_id', { '6-2-4': rare, '12': 0.2 }, 'mykad,nric,ic no,ic number,kad pengenalan', () => true, yearFirst),
  row('national_id', { '3-4-7-1': distinct }, 'emirates id,الهوية', luhnHolds, uae),
  row('national_id', { 'A9': grouped }, '身分證*,身份證*,taiwan id,national id', taiwanHolds, value => /^[A-Z][1289]/.test(value)),
  row('national_id', { '9': bare, '8-1': bare }, 'teudat zehut,תעודת זהות,ת.ז,israeli id', luhnHolds),
  row('national_id', { '16': 0.2 }, 'nik,ktp,nomor induk', () => true, value => decimalRest(value, 10_000) > 0),
]
