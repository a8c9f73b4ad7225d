// Records of people: patients' numbers, accounts' user names, and identity numbers of a country that nobody names.
import type { Rule } from '../../rule.ts'
import { labelled } from './labelled.ts'
import type { Token } from './labels.ts'

const record = ({ bare, digits }: Token): number => digits >= 4 && bare.length <= 16 ? 0.8 : 0

const patientKeys = ['mrn', 'medical record', 'medical record number', 'medical record no', 'patient id', 'patient number', 'patient no', 'patient identifier', 'chart number', 'health record', 'hospital number', 'patientennummer', 'patienten nr']

const medicalRecords: readonly Rule[] = [
  ...labelled({ kind: 'medical_record', words: ['mrn', 'mrns', 'patientennummer', 'patientnummer', 'patientennr'], keys: patientKeys, judge: record }),
  ...labelled({
    kind: 'medical_record', words: ['medical', 'patient', 'chart', 'hospital', 'health', 'dossier'], keys: [], judge: record, goesOn: true,
    label: /^(?:(?:medical|health|hospital)(?: record)? (?:no\b|nr\b|num(?:ber)?\b|id\b|record\b)|patient(?:'s)?[ _-]?(?:id(?:entifier)?\b|no\b|nr\b|num(?:ber)?\b)|(?:patient )?chart[ _-]?(?:no\b|num(?:ber)?\b|id\b)|dossier (?:médical|medical|patient))/,
  }),
]

/** At least one group of digits; years and small counts are none. */
const someId = ({ bare, digits }: Token): number => digits >= 6 && bare.length <= 20 ? 0.58 : digits === 5 && bare.length > 5 ? 0.52 : 0

const idWords = ['dni', 'ausweisnummer', 'personalausweisnummer', 'personalausweis', 'cedula', 'kimlik', 'personnummer', 'bsn', 'burgerservicenummer', 'pesel', 'cpf', 'curp', 'ppsn', 'tfn', 'nino', 'aadhaar', 'nric', 'snils', 'cnp', 'oib', 'cuil', 'cuit']
const idKeys = ['national id', 'national id number', 'national identifier', 'identity number', 'identity card', 'id card', 'id card number', 'identification number', 'citizen id', 'personal id', 'government id', 'personalausweis', 'ausweisnummer', 'cedula', ...idWords.slice(6)]

const nationalIds: readonly Rule[] = [
  ...labelled({ kind: 'national_id', words: idWords, keys: idKeys, judge: someId }),
  ...labelled({
    kind: 'national_id', words: ['national', 'identity', 'identification', 'citizen', 'government', 'personal', 'carte', 'documento', 'numero', 'id'], keys: [], judge: someId, goesOn: true,
    label: /^(?:(?:national|citizen|government|personal)(?: |-)(?:id\b|ident)[a-z]*(?: card)?|(?:identity|id) card|identity (?:no\b|num|document)[a-z]*|identification (?:no\b|num|card)[a-z]*|carte d.identité|carte nationale d.identité|(?:documento|numero) (?:de |di |d')?(?:identidad|identidade|identità|identificación|identification))/,
  }),
]

const typeNames = new Set(['string', 'str', 'text', 'null', 'none', 'undefined', 'true', 'false', 'required', 'optional', 'varchar', 'number', 'integer', 'object', 'any', 'password', 'username', 'user', 'name', 'email', 'self', 'this', 'value', 'input', 'your', 'the'])
/** `req.body.name` and `row.user` are code. */
const member = /^(?:req|request|res|result|self|this|process|config|env|data|user|options|args|params|props|os|settings|session|ctx|event)\.|\..{1,30}\.|\.(?:user(?:name)?|name|login|value|id)$/i

interface Name {
  readonly end: number
  /** In quotes, or with digits or marks that plain words have not. */
  readonly certain: boolean
}

/** A name as accounts have them; null for calls, members, paths and words that say of what sort a value is. */
const readName = (text: string, start: number): Name | null => {
  let end = start
  while (end < text.length && end - start < 40 && /[\w.-]/.test(text.charAt(end))) end += 1
  while (end > start && /[.-]/.test(text.charAt(end - 1))) end -= 1
  const name = text.slice(start, end)
  if (name.length < 3 || name.length >= 40 || !/[a-z]/i.test(name) || typeNames.has(name.toLowerCase()) || member.test(name)) return null
  if ('([{@/\\'.includes(text.charAt(end) || ' ')) return null
  return { end, certain: /[\d._]/.test(name) || '"\'`'.includes(text.charAt(start - 1) || ' ') }
}

const nameLabel = /^(?:user ?names?|user[ _-](?:name|login)|login(?: name)?|benutzername|nutzername|utilisateur|usuario|gebruikersnaam|screenname)(?:["'`*]{1,2}: ?| ?[:=] ?| is | ist )["'`*]{0,3}/

const usernamesInText: Rule = {
  kinds: ['username'], triggers: { words: ['username', 'usernames', 'login', 'user', 'benutzername', 'utilisateur', 'usuario', 'gebruikersnaam', 'screenname', 'nutzername'] },
  find: (scan, at) => {
    const { text } = scan
    const label = nameLabel.exec(text.slice(at, at + 48).toLowerCase())?.[0]
    if (label === undefined) return
    const start = at + label.length
    const name = readName(text, start)
    if (name === null) return
    // Behind a colon a plain word that ends the line or the clause may be the name; behind "is" it is not ("the username is taken").
    const alone = /^(?:[,;\r\n|]|$)/.test(text.slice(name.end, name.end + 1)) && /^(?:user|login).{0,8}: ?\**$/.test(label) && /^[A-Za-z][a-z-]+$/.test(text.slice(start, name.end))
    if (name.certain || alone) scan.add('username', start, name.end, name.certain ? 0.7 : 0.55)
  },
}

const usernameKeys: Rule = {
  kinds: ['username'], triggers: { keys: ['username', 'user name', 'login', 'login name', 'user login', 'screen name', 'user handle', 'account name', 'benutzername', 'nom utilisateur', 'usuario', 'nome utente'] },
  find: scan => {
    const name = readName(scan.text, 0)
    if (name !== null && name.end === scan.text.length) scan.add('username', 0, name.end, 0.7)
  },
}

export const records: readonly Rule[] = [...medicalRecords, ...nationalIds, usernamesInText, usernameKeys]

