// Records of people: patients' numbers, accounts' user names, and identity numbers of a country that nobody names.
import type { Rule } from '../../rule.ts'
import { labelled } from './labelled.ts'
import type { Token } from './labels.ts'

const record = ({ bare, digits }: Token): number => digits >= 4 && bare.length <= 16 ? 0.8 : 0

const patientKeys = ['mrn', 'medical record', 'medical record number', 'medical record no', 'patient id', 'patient number', 'patient no', 'patient identifier', 'chart number', 'health record', 'hospital number', 'patientennummer', 'patienten nr']

const medicalRecords: readonly Rule[] = [
  ...labelled({ kind: 'medical_record', words: ['mrn', 'mrns', 'patientennummer', 'patientnummer', 'patientennr'], keys: patientKeys, judge: record }),
  ...labelled({
    kind: 'medical_record', words: ['medical', 'patient', 'chart', 'hospital', 'health', 'dossier'], keys: [], judge: record,
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
    kind: 'national_id', words: ['national', 'identity', 'identification', 'citizen', 'government', 'personal', 'carte', 'documento', 'numero', 'id'], keys: [], judge: someId,
    label: /^(?:(?:national|citizen|government|personal)(?: |-)(?:id\b|ident)[a-z]*(?: card)?|(?:identity|id) card|identity (?:no\b|num|document)[a-z]*|identification (?:no\b|num|card)[a-z]*|carte d.identité|carte nationale d.identité|(?:documento|numero) (?:de |di |d')?(?:identidad|identidade|identità|identificación|identification))/,
  }),
]

const typeNames = new Set(['string', 'str', 'text', 'null', 'none', 'undefined', 'true', 'false', 'required', 'optional', 'varchar', 'number', 'integer', 'object', 'any', 'password', 'username', 'user', 'name', 'email', 'self', 'this', 'value', 'input', 'your', 'the'])
/** `req.body.name` is code. */
const member = /^(?:req|request|res|self|this|process|config|env|data|user|options|args|params|props|os|settings|session|ctx|event)\.|\..{1,30}\./
const nameShape = /^[A-Za-z][A-Za-z\d]*$/

/** @param certain the label is a key, or the value stands in quotes or has a digit or a mark that plain words have not */
const readName = (text: string, start: number): { readonly end: number; readonly certain: boolean } | null => {
  let end = start
  while (end < text.length && end - start < 40 && /[\w.-]/.test(text.charAt(end))) end += 1
  while (end > start && /[.-]/.test(text.charAt(end - 1))) end -= 1
  const name = text.slice(start, end)
  // A call, a member, a path or an address is no name.
  if (name.length < 3 || end - start >= 40 || typeNames.has(name.toLowerCase()) || member.test(name) || '([{@/\\'.includes(text.charAt(end) || ' ') || !/[a-z]/i.test(name)) return null
  return { end, certain: !nameShape.test(name) || /\d/.test(name) || '"\'`'.includes(text.charAt(start - 1) || ' ') }
}

const nameWords = ['username', 'usernames', 'login', 'user', 'benutzername', 'utilisateur', 'usuario', 'gebruikersnaam', 'screenname', 'nutzername']
const nameLabel = /^(?:user ?names?|user[ _-](?:name|id|login)|login(?: name| id)?|benutzername|nutzername|utilisateur|usuario|gebruikersnaam|screenname)["'`*]{0,2} ?(?::|=|\bis\b|\bist\b)["'`* ]{0,4}/

const usernamesInText: Rule = {
  kinds: ['username'], triggers: { words: nameWords },
  find: (scan, at) => {
    const { text } = scan
    const label = nameLabel.exec(text.slice(at, at + 48).toLowerCase())?.[0]
    if (label === undefined) return
    const name = readName(text, at + label.length)
    if (name === null) return
    // Behind a colon a word that ends the line or the clause may be the name; behind "is" most are not ("the username is case-sensitive").
    const alone = /^(?:[,;\r\n|]|$)/.test(text.slice(name.end, name.end + 1)) && /^(?:user|login)/.test(label) && /:[* ]*$/.test(label)
    if (name.certain || alone) scan.add('username', at + label.length, name.end, name.certain ? 0.7 : 0.55)
  },
}

const usernameKeys: Rule = {
  kinds: ['username'], triggers: { keys: ['username', 'user name', 'login', 'login name', 'userid', 'user id', 'user login', 'screen name', 'user handle', 'account name', 'benutzername', 'nom utilisateur', 'usuario', 'nome utente'] },
  find: scan => {
    const { text } = scan
    const name = readName(text, 0)
    if (name !== null && name.end === text.length) scan.add('username', 0, name.end, 0.7)
  },
}

export const records: readonly Rule[] = [...medicalRecords, ...nationalIds, usernamesInText, usernameKeys]

