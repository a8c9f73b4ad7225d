// Identity numbers: with right and wrong check digits, with and without a label, in the layouts and languages in which they are written.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { BuiltInKind } from '../../../../gateway/exchange/kinds.ts'
import { finds, found, sureness, usual } from './found.ts'
import { body, invented, written } from './invented.ts'

interface Row {
  /** Layouts that are enough without a label, if the check digits are right. */
  readonly alone: readonly string[]
  /** Further layouts, for which it needs a label. */
  readonly named: readonly string[]
  /** Labels in text, in several languages; "§" is the value. */
  readonly texts: readonly string[]
  readonly keys: readonly string[]
  /** Examples that issuers or encyclopedias publish. */
  readonly published?: readonly string[]
  /** The last character is no check digit. */
  readonly unchecked?: true
}

const rows: Partial<Record<BuiltInKind, Row>> = {
  uk_nino: { alone: [], named: [], texts: ['NI number: §', 'National Insurance number is §.', 'my nino § please'], keys: ['nino', 'nationalInsuranceNumber'], published: ['AB123456C', 'AB 12 34 56 C', 'JG-10-37-59-A'], unchecked: true },
  uk_nhs: { alone: [], named: ['10', '3 3 4', '3-3-4'], texts: ['NHS number §', 'NHS No: §,', 'nhs_number=§'], keys: ['nhsNumber', 'nhs'], published: ['943 476 5919'] },
  de_tax_id: { alone: ['2 3 3 3'], named: ['11'], texts: ['Steuer-ID: §', 'Meine Steueridentifikationsnummer lautet §.', 'tax ID §', 'IdNr. §'], keys: ['steuerId', 'tax_id'], published: ['86 095 742 719'] },
  fr_nir: { alone: ['15', '1 2 2 2 3 3 2', '13 2'], named: [], texts: ['N° de sécurité sociale : §', 'NIR §', 'social security number §'], keys: ['nir', 'numeroSecu'], published: ['255081416802538'] },
  it_fiscal_code: { alone: ['16'], named: [], texts: ['Codice fiscale: §', 'C.F. §', 'fiscal code §'], keys: ['codiceFiscale', 'cf'], published: ['RSSMRA85T10A562S'] },
  es_dni: { alone: ['9', '8-1', '2.3.3-1'], named: [], texts: ['DNI: §', 'con NIE §', 'NIF §', 'documento nacional §'], keys: ['dni', 'nif'], published: ['12345678Z', 'X1234567L'] },
  nl_bsn: { alone: [], named: ['9', '4.2.3'], texts: ['BSN: §', 'burgerservicenummer §', 'citizen service number §'], keys: ['bsn', 'burgerServiceNummer'], published: ['111222333'] },
  pl_pesel: { alone: ['11'], named: [], texts: ['PESEL: §', 'numer PESEL §'], keys: ['pesel'], published: ['44051401359'] },
  se_personnummer: { alone: ['6-4', '6+4'], named: ['10'], texts: ['Personnummer: §', 'personnr §', 'Swedish ID §'], keys: ['personnummer', 'pnr'], published: ['811218-9876'] },
  in_aadhaar: { alone: [], named: ['12', '4 4 4', '4-4-4'], texts: ['Aadhaar: §', 'my aadhar number is §', 'UIDAI §', 'आधार §'], keys: ['aadhaar', 'aadhaarNumber'] },
  in_pan: { alone: [], named: [], texts: ['PAN: §', 'PAN card §', 'Permanent Account Number §'], keys: ['pan', 'panNo'], published: ['ABCPE1234F'], unchecked: true },
  br_cpf: { alone: ['3.3.3-2', '9-2'], named: ['11'], texts: ['CPF: §', 'o CPF dele é §', 'contribuinte §'], keys: ['cpf', 'cpfCliente'], published: ['529.982.247-25'] },
  br_cnpj: { alone: ['2.3.3/4-2'], named: ['14'], texts: ['CNPJ: §', 'CNPJ nº §'], keys: ['cnpj'], published: ['11.222.333/0001-81', '12ABC34501DE35'] },
  au_tfn: { alone: [], named: ['9', '3 3 3'], texts: ['TFN: §', 'Tax File Number §'], keys: ['tfn', 'taxFileNumber'], published: ['123456782'] },
  au_medicare: { alone: ['4 5 1'], named: ['10'], texts: ['Medicare: §', 'Medicare card number §'], keys: ['medicareNumber', 'medicare'], published: ['2123 45670 1'], unchecked: true },
  ca_sin: { alone: [], named: ['9', '3 3 3', '3-3-3'], texts: ['SIN: §', 'Social Insurance Number §', 'NAS : §', "numéro d'assurance sociale §"], keys: ['sin', 'socialInsuranceNumber'], published: ['130 692 544'] },
  ch_ahv: { alone: ['3.4.4.2', '13'], named: [], texts: ['AHV-Nr. §', 'AHV-Nummer: §', 'no AVS §'], keys: ['ahv', 'ahvNummer'], published: ['756.9217.0769.85'] },
  at_svnr: { alone: ['4 6'], named: ['10', '4-6'], texts: ['SVNR: §', 'Sozialversicherungsnummer §', 'SV-Nummer §'], keys: ['svnr', 'sozialversicherungsnummer'], published: ['1237 010180'] },
  be_nrn: { alone: ['2.2.2-3.2', '11'], named: [], texts: ['Rijksregisternummer: §', 'numéro national §', 'NISS §'], keys: ['rijksregisternummer', 'niss'], published: ['85.07.30-033.28'] },
  dk_cpr: { alone: ['6-4'], named: ['10'], texts: ['CPR: §', 'CPR-nr. §', 'CPR-nummer §'], keys: ['cpr', 'cprNummer'], published: ['070761-4285'] },
  fi_hetu: { alone: ['11'], named: [], texts: ['HETU: §', 'Henkilötunnus §', 'personbeteckning §'], keys: ['hetu', 'henkilotunnus'], published: ['131052-308T', '131052A308T'] },
  no_fnr: { alone: ['11', '6 5'], named: [], texts: ['Fødselsnummer: §', 'fnr §', 'personnummer §'], keys: ['fnr', 'fodselsnummer'] },
  pt_nif: { alone: [], named: ['9', '3 3 3'], texts: ['NIF: §', 'Contribuinte n.º §', 'número fiscal §'], keys: ['nif', 'contribuinte'], published: ['123456789'] },
  ie_pps: { alone: ['8'], named: [], texts: ['PPS: §', 'PPSN §', 'Personal Public Service number §'], keys: ['ppsn', 'ppsNumber'], published: ['1234567T', '1234567FA'] },
  kr_rrn: { alone: ['6-7'], named: ['13'], texts: ['주민등록번호: §', '주민번호 §', 'RRN §'], keys: ['rrn', 'residentRegistrationNumber'] },
  sg_nric: { alone: ['9'], named: [], texts: ['NRIC: §', 'FIN §', 'NRIC No. §'], keys: ['nric', 'fin'], published: ['S1234567D', 'G1234567X'] },
  za_id: { alone: ['13', '6 4 3'], named: [], texts: ['SA ID: §', 'identity number §', 'ID-nommer §'], keys: ['saId', 'identityNumber'], published: ['8001015009087'] },
  tr_tckn: { alone: [], named: ['11'], texts: ['TCKN: §', 'T.C. Kimlik No: §', 'TC kimlik numarası §'], keys: ['tckn', 'tcKimlik'], published: ['10000000146'] },
  cn_id: { alone: ['18'], named: [], texts: ['身份证号码：§', '身份证:§', 'Chinese ID §'], keys: ['residentIdentityNumber'], published: ['11010519491231002X'] },
  jp_my_number: { alone: [], named: ['12', '4 4 4', '4-4-4'], texts: ['マイナンバー：§', '個人番号 §', 'My Number §'], keys: ['myNumber', 'individualNumber'], published: ['123456789018'] },
  mx_curp: { alone: ['18'], named: [], texts: ['CURP: §', 'mi CURP es §'], keys: ['curp'], published: ['BOXW310820HNERXN09'] },
}

const seeds = [1, 2, 3, 4, 5, 6]
const valuesOf = (kind: BuiltInKind, layout: string): string[] => seeds.map(seed => invented[kind]!(seed)).map(bare => /^\d+$/.test(layout) ? bare : written(bare, layout))

/** The value with another last character of the same sort. */
const wrong = (value: string): string => {
  const last = value.at(-1)!
  return value.slice(0, -1) + (/\d/.test(last) ? String((Number(last) + 1) % 10) : last === 'Z' ? 'Y' : String.fromCharCode(last.charCodeAt(0) + 1))
}

for (const [kind, row] of Object.entries(rows) as [BuiltInKind, Row][]) {
  describe(kind, () => {
    const alone = row.alone.flatMap(layout => valuesOf(kind, layout))
    const all = [...alone, ...row.named.flatMap(layout => valuesOf(kind, layout)), ...row.published ?? []]

    test('is found by its own shape and check digits where these say enough', () => {
      for (const value of alone) {
        // Some numbers are valid in two countries: then it is found as either.
        for (const text of [value, `It is ${value}.`, `(${value})`, `"${value}",`, `one\n${value}\ntwo`]) assert.ok(found(text).some(one => one.value === value), `${text} ${JSON.stringify(found(text, null, 0.01))}`)
      }
      assert.ok(alone.filter(value => finds(value, value, kind)).length >= alone.length * 0.7)
    })

    test('is found behind its labels', () => {
      for (const value of all) for (const text of row.texts) assert.ok(finds(text.replace('§', value), value, kind), `${text} ${value} ${JSON.stringify(found(text.replace('§', value), null, 0.01))}`)
    })

    test('is found under its JSON keys', () => {
      for (const value of all) for (const key of row.keys) assert.ok(finds(value, value, kind, key), `${key} ${value} ${JSON.stringify(found(value, key, 0.01))}`)
    })

    test('is surer behind a label than without', () => {
      for (const value of all) assert.ok(sureness(row.texts[0]!.replace('§', value), value, kind) >= sureness(value, value, kind), value)
    })

    test('with a wrong check digit it needs a label, and then is found all the same', () => {
      if (row.unchecked) return
      for (const value of all.map(wrong)) {
        assert.ok(sureness(value, value, kind) < usual, `${value} alone`)
        assert.ok(sureness(row.texts[0]!.replace('§', value), value, kind) >= usual || found(row.texts[0]!.replace('§', value)).length > 0, `${value} labelled`)
      }
    })

    test('of ten endings one is right', () => {
      if (row.unchecked || !/\d$/.test(all[0]!)) return
      for (const value of all.filter(one => /\d$/.test(one))) {
        const text = row.texts[0]!.replace('§', '')
        const sure = '0123456789'.split('').filter(last => sureness(text + value.slice(0, -1) + last, value.slice(0, -1) + last, kind) >= 0.9)
        assert.ok(sure.includes(value.at(-1)!) && sure.length <= 2, `${value}: ${sure.join()}`)
      }
    })

    test('bare numbers that pass by chance are left alone', () => {
      for (const value of row.named.filter(layout => /^\d+$/.test(layout)).flatMap(layout => valuesOf(kind, layout))) assert.ok(sureness(`order ${value} shipped`, value, kind) < usual, value)
    })
  })
}

describe('labels and values', () => {
  test('values of a list have one label', () => {
    const [one, two, three] = seeds.map(seed => invented.nl_bsn!(seed)) as [string, string, string]
    assert.equal(found(`BSN: ${one}, ${two} en ${three}`).filter(({ kind }) => kind === 'nl_bsn').length, 3)
  })

  test('a label is that of the number that follows it, not of the next one', () => {
    const [one, two] = seeds.map(seed => invented.nl_bsn!(seed)) as [string, string]
    assert.equal(finds(`BSN ${one}, ordernummer ${two}`, two, 'nl_bsn'), false)
  })

  test('a header of a table names the value in the line below', () => {
    const value = invented.nl_bsn!(1)
    assert.ok(finds(`name,bsn\nAnna,${value}`, value, 'nl_bsn'))
  })

  test('a label in brackets behind the value counts', () => {
    const value = invented.ca_sin!(3)
    assert.ok(finds(`${value} (SIN)`, value, 'ca_sin'))
  })

  test('a general label and right check digits are enough', () => {
    const value = invented.nl_bsn!(2)
    assert.ok(found(`tax id ${value}`).some(one => one.value === value))
  })

  test('Corsican departments have letters in the French number', () => {
    // 2A is reckoned as 19.
    const thirteen = '1850819004123'
    const key = String(97n - BigInt(thirteen) % 97n).padStart(2, '0')
    for (const value of [`185082A004123${key}`, `1 85 08 2A 004 123 ${key}`]) assert.ok(finds(`Sécu ${value}`, value, 'fr_nir'), value)
  })

  test('a wrong key of the French number is part of what is found', () => {
    const right = written(invented.fr_nir!(4), '1 2 2 2 3 3 2')
    const wrongKey = right.slice(0, -2) + String(97 - Number(right.slice(-2))).padStart(2, '0')
    assert.deepEqual(found(`n° sécu ${wrongKey}`).map(({ value }) => value), [wrongKey])
    assert.ok(finds(`NIR ${right.slice(0, -3)}`, right.slice(0, -3), 'fr_nir'))
  })

  test('other countries: published examples behind their labels', () => {
    const examples = [
      ['rodné číslo', '736028/5163'], ['CNP', '1800101221144'], ['isikukood', '37605030299'], ['OIB', '94577403194'], ['СНИЛС', '112-233-445 95'], ['RUT', '12.345.678-5'],
      ['CUIT', '20-12345678-6'], ['Emirates ID', '784-1980-1234567-9'], ['teudat zehut', '000000018'], ['MyKad', '800101-14-5678'],
    ] as const
    for (const [label, value] of examples) assert.ok(finds(`${label}: ${value}`, value, 'national_id'), `${label} ${JSON.stringify(found(`${label}: ${value}`, null, 0.01))}`)
  })
})

describe('numbers of no meaning', () => {
  const lots = Array.from({ length: 1500 }, (_, seed) => seed + 50)
  for (const layout of ['6', '7', '8', '9', '10', '11', '12', '13', '14', '15', '16', '18', '3-3-3', '3 3 3', '3-3-4', '4 4 4', '4-4-4']) {
    test(`of those written ${layout}, at most three in two hundred are taken for an identity`, () => {
      const length = layout.match(/\d+/g)!.reduce((total, part) => total + Number(part), 0)
      const taken = lots.filter(seed => found(`order ${written(body(length, seed), layout)} was shipped`).some(({ kind }) => kind in rows || kind === 'national_id')).length
      assert.ok(taken <= lots.length * 0.015, `${taken} of ${lots.length}`)
    })
  }
})

describe('what only looks like an identity number', () => {
  const negatives = [
    'order 4417 1234 5678 shipped', 'invoice 20240115-1234', 'at 1700000000 UTC', 'created 1700000000000 ms', '2024-01-15T10:22:33.123Z', '20240115102233', 'v1.2.3-4', 'build 1.0.0.20240115',
    '550e8400-e29b-41d4-a716-446655440000', 'd41d8cd98f00b204e9800998ecf8427e', 'da39a3ee5e6b4b0d3255bfef95601890afd80709', 'commit 1234567f8a', 'tracking 1Z999AA10123456784', 'USPS 9400 1000 0000 0000 0000 00',
    '$1,234,567.89', '€ 12.345.678,90', 'R$ 123.456.789,00', 'pi is 3.14159265358979', '0.123456789012', 'ISBN 978-3-16-148410-0', 'EAN 4006381333931', 'port 8080, pid 123456', 'range 100-200-300',
    'const x = 123456789', 'user_12345678901', '/users/12345678901/posts', 'id=5f3c2a1b9d', '#123456789', '1234567890', '123456789012', 'ABC-1234-XYZ', 'IMEI 490154203237518', 'rgb(123,456,789)',
    'SHA256:47DEQpj8HBSa', 'lines 120-340, 560-780', 'AB12', 'A4 paper 80g', 'COVID19', 'H2O2', 'ISO 27001:2022', 'RFC 7519', 'UTF-8', '192.168.100.200', 'MK123456', 'model RTX4090TI', 'part AA1234567B-X',
    'phone 555-123-4567', 'zip 12345-6789', '+4915112345678', 'frame 000123456', 'epoch 1612345678', '10.1000/182', '2001:db8::8a2e:370:7334',
  ]
  for (const text of negatives) {
    test(`${text} holds none`, () => {
      const wrongly = found(text).filter(({ kind }) => kind in rows || kind === 'national_id' || kind === 'passport' || kind === 'driver_licence' || kind === 'vehicle')
      assert.deepEqual(wrongly, [])
    })
  }
})
