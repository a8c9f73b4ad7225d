// Dates of birth: only where words say that a date is one.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { finds, found } from './found.ts'

const dates = ['1985-03-12', '12/03/1985', '03/12/1985', '12.03.1985', '12.3.85', '12 March 1985', 'March 12, 1985', 'Mar 12th, 1985', '12-Mar-1985', '12. März 1985', '12 mars 1985', '12 de marzo de 1985', '12 marzo 1985', '12 de março de 1985', '12 maart 1985', '12 marca 1985', '12. mars 1985', '12. maaliskuuta 1985', '1985年3月12日', '1985/03/12']
const texts = ['DOB: §', 'born on §', 'was born in Leeds on § to', 'Date of birth: §', 'date of birth\n§', 'birthday is §', 'birth date §', 'geb. §', 'geboren am § in Kiel', 'Geburtsdatum: §', 'Date de naissance : §', 'née le § à Lyon', 'né le §', 'fecha de nacimiento: §', 'nacida el §', 'data di nascita: §', 'nata il §', 'geboortedatum §', 'data de nascimento: §', 'data urodzenia: §', 'født §', 'född §', 'fødselsdato: §', '生年月日：§', '出生日期:§', 'Дата рождения: §', '"dob":"§"', '(born §)', 'D.O.B. not; DOB §']
const keys = ['dob', 'birthDate', 'date_of_birth', 'dateOfBirth', 'geburtsdatum', 'fechaNacimiento', 'patient_dob', 'bday']

describe('dates of birth', () => {
  for (const text of texts) {
    test(`are found in: ${text}`, () => {
      const usable = /[^\u0000-\u036f]/u.test(text) ? dates.filter(date => /^\d/.test(date) && !/\p{L}{3}|\.85$/u.test(date)) : dates
      for (const date of usable) assert.ok(finds(text.replace('§', date), date, 'date_of_birth'), `${date} ${JSON.stringify(found(text.replace('§', date), null, 0.01))}`)
    })
  }

  test('are found under their keys', () => {
    for (const key of keys) for (const date of [...dates, '19850312', '1985-03-12T00:00:00Z', '1985-03-12T00:00:00.000+01:00', '1985-03-12T00:00']) assert.ok(finds(date, date, 'date_of_birth', key), `${key} ${date}`)
  })

  test('are found before a label in brackets', () => {
    for (const date of ['12/03/1985', '1985-03-12']) assert.ok(finds(`Anna Weber ${date} (DOB)`, date, 'date_of_birth'), date)
  })

  const negatives: readonly (string | readonly [text: string, key: string])[] = [
    'on 12/03/1985 we met', 'released 2024-01-15', 'invoice dated 12 March 2024', 'born to run, since 12/03/2019', 'the birth of jazz, 12 March 1917', 'birthplace: Leeds', 'DOB: unknown', 'expires 12/2027', 'born in 1985', 'a new idea was born.\n\n2024-01-15 released',
    'DOB: 99/99/9999', 'geb. Müller, verheiratet seit 12.03.1985', 'created_at 2024-01-15T10:00:00Z', ['2024-01-15', 'created_at'], ['unknown', 'dob'], 'newborn screening 12', 'Einstein, born 14 March 1879', 'version 2024.01.15',
  ]
  for (const negative of negatives) {
    const [text, key] = typeof negative === 'string' ? [negative, null] : negative
    test(`none is in: ${text.replaceAll('\n', ' ')}`, () => {
      assert.deepEqual(found(text, key).filter(({ kind }) => kind === 'date_of_birth'), [])
    })
  }
})
