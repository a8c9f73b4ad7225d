// Rows of our own: values in sentences, JSON, logs and code, and look-alikes that are nothing. They show that the bench works and that
// nothing broke; whoever made the rules made these rows, too, so they say nothing about real text.
import { generators } from './generated-values.ts'
import type { LabelledRow, LabelledSet, LabelledSpan, Scored } from './labelled.ts'
import { createRandom, type Random } from './random.ts'

/** "{}" is where the value stands. */
const frames: Readonly<Record<Scored, readonly string[]>> = {
  card: ['Please charge {} for the second night.', '{"payment": {"card_number": "{}", "currency": "EUR"}}', 'The card {} was declined twice.', 'cc={} exp=11/29'],
  iban: ['Refund to {} by Friday.', '{"iban": "{}", "holder": "the guest"}', 'IBAN: {}, reference 2291', 'Our account is {} at the savings bank.'],
  email: ['Forward it to {} and to nobody else.', '{"to": "{}", "subject": "minutes"}', 'From: <{}>', 'write {} if the door is locked', 'contact={};role=owner'],
  us_ssn: ['The applicant\'s SSN is {}.', '{"ssn": "{}"}', 'social security number {} on file', 'SSN: {} (verified)'],
  ip: ['Login from {} failed.', '{"client_ip": "{}", "port": 51432}', 'ssh deploy@{} uptime', '12:40:01 WARN dropped packet from {} on eth1'],
  mac: ['Lease for {} renewed.', '{"mac": "{}"}', 'link/ether {} brd broadcast'],
  phone: ['Call {} before noon.', '{"phone": "{}"}', 'Tel. {}, ask for the porter', 'My number is {} if the train is late.'],
  url: ['The plan is at {} since Monday.', '{"homepage": "{}"}', 'GET {} took 31 ms'],
  secret: ['export API_TOKEN={}', '{"api_key": "{}"}', 'const token = \'{}\'', 'Use {} for the staging environment.', 'Authorization: Bearer {}'],
}

/** Nothing is to be found in these. "#" is a digit, "~" a hexadecimal one. */
const lookAlikes = [
  'Order ########## left the warehouse at 10:42.', 'commit ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ fixes the ticket', 'Version 10.4.#.# of the library is out.', 'The invoice of 2026-##-## is paid.',
  'build-id: ~~~~~~~~-~~~~-4~~~-9~~~-~~~~~~~~~~~~', 'price: ###,###.## EUR', 'width="####" height="###"', 'token = process.env.TOKEN', 'password: ${DB_PASSWORD}', 'logo@2x.png and icon@3x.png',
  'x = y + ########', 'row ### of ####', 'function at line #### column ##', 'timestamp 17########123', 'user: <your name here>', 'sha256:~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~',
] as const

const framed = (scored: Scored, random: Random): LabelledRow => {
  const value = generators[scored]?.(random) ?? ''
  const frame = random.pick(frames[scored] ?? ['{}'])
  const start = frame.indexOf('{}')
  const spans: LabelledSpan[] = [{ start, end: start + value.length, scored, tolerates: [] }]
  return { text: frame.replace('{}', () => value), key: null, spans }
}

const lookAlike = (random: Random): LabelledRow =>
  ({ text: random.pick(lookAlikes).replaceAll('#', () => random.digits(1)).replaceAll('~', () => random.from('0123456789abcdef', 1)), key: null, spans: [] })

/** @param each rows for each kind; look-alikes are twice as many */
export const generatedSet = (each: number): LabelledSet => {
  const random = createRandom(20_261_126)
  const rows = Object.keys(generators).flatMap(scored => Array.from({ length: each }, () => framed(scored, random)))
  return { name: 'rows of our own', licence: 'ours', synthetic: true, judges: 'everything', rows: [...rows, ...Array.from({ length: each * 2 }, () => lookAlike(random))] }
}
