// Documents and records: what only a label tells from other numbers, and what has a shape of its own.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { BuiltInKind } from '../../../../gateway/exchange/kinds.ts'
import { finds, found, sureness, usual } from './found.ts'

interface Row { readonly values: readonly string[]; readonly texts: readonly string[]; readonly keys: readonly string[]; readonly negatives: readonly (string | readonly [text: string, key: string])[] }

const rows: Partial<Record<BuiltInKind, Row>> = {
  passport: {
    values: ['C01X00T47', 'L8PR4V27K', '533401684', 'X81234567', 'AB1234567', '12AB34567', 'XDB123456', 'NP3R45671', 'E12345678', 'M123A4567'],
    texts: ['Passport: §', 'passport number § please', 'Passport No. §, issued 2020', 'My passport is §.', 'Reisepass §', 'Reisepass-Nr.: §', 'Passeport n° §', 'pasaporte §', 'Passaporto n. §', 'paspoortnummer §', 'numer paszportu §', '"passport": "§"', 'passport,§,x'],
    keys: ['passport', 'passportNumber', 'passport_no', 'reisepassnummer'],
    negatives: ['passport control at gate 12', 'passport renewal takes 6 weeks', 'passport issued on 12/05/2020', 'passport.js 0.7.0', 'npm i passport-local', ['none', 'passport'], ['2020-05-12', 'passport expiry'], 'passports of 27 countries'],
  },
  driver_licence: {
    values: ['F2550921', 'D12345678', 'S530-4600-1234', '123456789', 'MORGA657054SM9IJ', 'B072RRE2I55', 'U6292892855718'],
    texts: ["driver's license number is §", 'Driver license: §', 'driving licence §.', "Driver's Licence No: §", 'DL: §', 'DLN §', 'Führerschein: §', 'Führerscheinnummer §', 'permis de conduire § ', 'rijbewijs: §', 'licencia de conducir §', "drivers license #§"],
    keys: ['driverLicense', 'drivers_license_number', 'drivingLicence', 'dlNumber'],
    negatives: ['license key 12345678', 'MIT license 2024', 'software license ABC12345', 'license plates 2024', 'Apache License 2.0', 'licence fee of 12345678', 'dl 5.2 MB', 'the driver 123456789 module', ['MIT', 'license'], ['Apache-2.0', 'license']],
  },
  vehicle: {
    values: ['AB12 CDE', '7ABC123', 'AB-123-CD', 'M-XY 1234', 'B 123 AB'],
    texts: ['License plate: §', 'licence plate § seen', 'plate number §', 'Kennzeichen: §', 'kenteken §', 'targa §', 'vehicle registration §', 'rego §'],
    keys: ['licensePlate', 'plate', 'kennzeichen'],
    negatives: ['a plate of 12 shrimps', 'boilerplate code', 'plate 5', 'registration number 12345678', 'course registration CS101', 'steel plate', ['blue', 'plate']],
  },
  medical_record: {
    values: ['12345678', 'MRN-0045678', 'A1234567', '00-45-67-89'],
    texts: ['MRN: §', 'MRN §', 'Medical record number §', 'Patient ID: §', 'patient number is §', 'chart number §', 'Patientennummer: §', 'Health record no. §'],
    keys: ['mrn', 'medicalRecordNumber', 'patientId', 'patient_number'],
    negatives: ['patient 12 of 40', 'medical records are kept 10 years', 'the patient said 100200', 'chart 2024 of sales', 'patient since 2019', ['unknown', 'patient id']],
  },
  username: {
    values: ['jdoe1942', 'anna.weber', 'max_mustermann', 'k-weber7'],
    texts: ['Username: §', 'username=§', 'user name is §', 'login: §', '"username": "§"', 'Benutzername: §', "username '§'".replace(" '", " = '")],
    keys: ['username', 'userName', 'login'],
    negatives: ['username: string', 'username is required', 'const username = getUser()', 'username: req.body.name', 'the username field', 'login page', 'Login: please wait', 'user: hello there', 'username = null', 'login: KeptLogin;', 'the username is case-sensitive', "ok ? 'login' : 'scope'", 'username: redis.username', 'username = result.groups', ['550e8400-e29b-41d4-a716-446655440000', 'user_id'], ['string', 'username'], ['a whole sentence', 'username'], 'usernames are unique'],
  },
  national_id: {
    values: ['X12345678', '8801011234567', '12345678-K', '1234567'],
    texts: ['national ID: §', 'National ID number §', 'identity card §', 'citizen ID §', 'Personalausweis §', 'cédula de identidad: § documento de identidad §'.split(': ')[1]!.replace('§ ', ''), 'Ausweisnummer: §', "carte d'identité n° §"],
    keys: ['nationalId', 'national_id_number', 'identityCard', 'ausweisnummer'],
    negatives: ['id: 12345678', 'id 9', 'national park 2024', 'identity provider 2.0', 'identity matrix', ['12345678', 'id'], ['12345678', 'order id']],
  },
}

for (const [kind, row] of Object.entries(rows) as [BuiltInKind, Row][]) {
  describe(kind, () => {
    for (const text of row.texts) {
      test(`is found in: ${text}`, () => {
        for (const value of row.values) assert.ok(finds(text.replace('§', value), value, kind) || found(text.replace('§', value)).some(one => one.value === value && kind !== 'username'), `${value} ${JSON.stringify(found(text.replace('§', value), null, 0.01))}`)
      })
    }
    test('is found under its keys, and not without a label', () => {
      for (const value of row.values) {
        for (const key of row.keys) assert.ok(finds(value, value, kind, key) || found(value, key).some(one => one.value === value && kind !== 'username'), `${key} ${value} ${JSON.stringify(found(value, key, 0.01))}`)
        if (kind !== 'driver_licence') assert.ok(sureness(`see ${value} there`, value, kind) < usual, value)
      }
    })
    test('is mostly found as itself', () => {
      const right = row.values.filter(value => finds(row.texts[0]!.replace('§', value), value, kind))
      assert.ok(right.length >= row.values.length - 1, right.join())
    })
    for (const negative of row.negatives) {
      const [text, key] = typeof negative === 'string' ? [negative, null] : negative
      test(`is not found in: ${text}${key === null ? '' : ` (key ${key})`}`, () => {
        assert.deepEqual(found(text, key).filter(one => one.kind === kind), [])
      })
    }
  })
}

describe('shapes of their own', () => {
  test('British and Soundex licences are found without a label', () => {
    for (const value of ['MORGA657054SM9IJ', 'F655-425-86-123-0', 'S530-4600-1234-05']) assert.ok(finds(`it says ${value} here`, value, 'driver_licence'), value)
  })

  test('the machine-readable lines of a passport are found whole, with right and with wrong check digits', () => {
    const first = `P<UTOMUSTERFRAU<<ANNA<MARIA${'<'.repeat(17)}`
    const lines = [`${first}\nL898902C36UTO7408122F1204159ZE184226B<<<<<10`, `${first}\nL898902C46UTO7408122F1204159ZE184226B<<<<<10`]
    for (const value of lines) assert.ok(finds(`scan:\n${value}\nend`, value, 'passport'), JSON.stringify(found(value)))
    assert.ok(sureness(lines[0]!, lines[0]!, 'passport') > sureness(lines[1]!, lines[1]!, 'passport'))
  })

  test('vehicle identification numbers are found by their check digit, and behind a label without', () => {
    for (const value of ['1HGCM82633A004352', '1M8GDM9AXKP042788']) assert.ok(finds(`car ${value} sold`, value, 'vehicle'), value)
    for (const value of ['WVWZZZ1JZXW000001', '1HGCM82634A004352']) {
      assert.ok(sureness(`car ${value} sold`, value, 'vehicle') < usual)
      for (const text of ['VIN: §', 'chassis number §', 'Fahrgestellnummer: §']) assert.ok(finds(text.replace('§', value), value, 'vehicle'), text)
    }
  })
})
