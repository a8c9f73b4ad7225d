// Reads comma-separated tables whose columns are named after what they hold: each cell is a row of its own with its column's name as the key,
// as the value of a JSON member would be. Columns that no name here fits are not read.
import { readFileSync } from 'node:fs'
import { readCsv } from '../../../router/train/read-csv.ts'
import type { LabelledRow, LabelledSet, Scored } from './labelled.ts'

/** Names of columns, lower case and without what is neither letter nor digit. */
const columns: Readonly<Record<string, Scored>> = {
  email: 'email', emailaddress: 'email', phone: 'phone', phonenumber: 'phone', mobile: 'phone', creditcard: 'card', creditcardnumber: 'card', cardnumber: 'card',
  iban: 'iban', ssn: 'us_ssn', socialsecuritynumber: 'us_ssn', ipaddress: 'ip', ip: 'ip', macaddress: 'mac', url: 'url', website: 'url', address: 'address',
  streetaddress: 'address', name: 'person', fullname: 'person', firstname: 'person', lastname: 'person', patientname: 'person', company: 'organisation', dob: 'date_of_birth',
  dateofbirth: 'date_of_birth', birthdate: 'date_of_birth', passport: 'passport', passportnumber: 'passport', driverslicense: 'driver_licence', medicalrecordnumber: 'medical_record',
  mrn: 'medical_record', username: 'username', password: 'secret', apikey: 'secret', routingnumber: 'bank_routing', accountnumber: 'bank_account',
}

export const tableRows = (csv: string): readonly LabelledRow[] => {
  const [head = [], ...lines] = readCsv(csv)
  const known = head.map(name => columns[name.toLowerCase().replaceAll(/[^a-z\d]/g, '')])
  return lines.flatMap(cells => cells.flatMap((text, at): LabelledRow[] => {
    const scored = known[at]
    return scored === undefined || text.trim() === '' ? [] : [{ text, key: head[at] ?? null, spans: [{ start: 0, end: text.length, scored, tolerates: [] }] }]
  }))
}

export const readTable = (file: string, name: string): LabelledSet => ({ name: `table ${name}`, licence: 'as its makers say', synthetic: true, judges: 'everything', rows: tableRows(readFileSync(file, 'utf8')) })
