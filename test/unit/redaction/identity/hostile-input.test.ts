// The rules on text that was written against them: triggers without end, halves of values, separators in rows. Sixteen times the text may
// take sixty-four times the time, which noise does not reach and quadratic behaviour (two hundred and fifty-six times) does not stay below.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { identityRules } from '../../../../gateway/redaction/detectors/identity/identity.ts'
import { reach } from '../../../../gateway/redaction/rule.ts'
import { createScanner } from '../../../../gateway/redaction/scan.ts'
import { invented, written } from './invented.ts'

const kib = 1024
const sizes = [64 * kib, 256 * kib, 1024 * kib] as const
const [small, middle, large] = sizes
const scanner = createScanner(identityRules)

const hostile: Readonly<Record<string, string>> = {
  'digits': '7', 'digits and spaces': '4 ', 'nine digits': '123456782 ', 'eleven digits': '52998224725 ', 'groups of three': '123 456 782 ', 'groups with hyphens': '123-456-782-', 'groups with points': '123.456.789-09.', 'digits and letters': 'A1', 'letters before digits': 'AAAAAAAAAAAA1',
  'sixteen characters': 'RSSMRA85T10A562S ', 'halves of sixteen': 'RSSMRA85T10A56', 'capitals and numbers': 'AB 12 34 56 C ', 'triples': 'RSS MRA ', 'slashes': '12/34/', 'plus': '6+4+', 'labels': 'bsn ', 'labels and colons': 'passport: : : ', 'labels with values': 'passport 533401684 ',
  'labels without values': 'driver license number is ', 'connectors': 'mrn number no nr is the ', 'quotes behind labels': 'username """"""', 'names': 'username: a', 'tokens without end': 'passport A1-A1-A1-A1-A1-A1-A1-A1', 'groups behind a label': 'passport 1 2 3 4 5 6 7 8 9 ',
  'born': 'born ', 'born with dates': 'born 12/03/1985 ', 'dates': '12.03.1985 ', 'half dates': '12.', 'months': 'march ', 'month names and days': 'march 12 ', 'born and months': 'dob march march march ', 'streets': 'Street ', 'numbers and streets': '12 Oak St ', 'capitals and streets': 'Oak Oak Oak Oak Oak St ', 'streets and towns': '12 Oak St, Oak, Oak, Oak ',
  'streets and lines': '12 Oak St\n        \n        ', 'rue': '12 rue de la ', 'rue and names': '12 rue de la Paix de la Paix ', 'via': 'Via Roma Roma Roma ', 'straße': 'Hauptstraße 1 ', 'straße without numbers': 'Hauptstraße ', 'apt': 'Oak 12 Apt. 5 ', 'apt alone': 'Apt ', 'capitals': 'Oak ', 'boxes': 'PO Box 12 ', 'addresses': 'address: ', 'addresses and text': 'address: a1 ', 'zip': 'zip: 1',
  'streets and commas': 'street,', 'lower streets': 'a way a way ', 'numbers and names': '12 Oak ', 'numbers, names and numbers': '12 Oak Oak Oak 12 ', 'flats and names': 'Apt. 12 12 Oak ', 'codes of states': 'Oak, TX 75001 ', 'states': 'TX ', 'halves of codes': 'SW1A 2AA ', 'military': 'APO AA 41945 ', 'units': 'Unit 5 Box 5 ', 'ships': 'USS Oak Oak Oak Oak ', 'corners': 'corner of Oak and ', 'corners of numbers': 'corner of 12 12 a. a. Oak 1 1 1 ', 'lives': 'lives at ', 'lives somewhere': 'lives at 12 Oak Oak ', 'address is': 'address is Oak ', 'quoted lines': '12 Oak St\n> > > > ',
  'towns and gaps': '12 Oak St, Oak Oak Oak Oak\n ,>?| ', 'countries': '12 Oak St, Oak, New ', 'utca': 'Oak utca 1 ', 'towns behind numbers': 'Oak 12, 10117 Oak ', 'codes behind numbers': 'Oak 12, 00-514 Oak ', 'numbers and commas': ' 12, 1', 'numbers and slashes': ' 1/2/3', 'alleys': '1 allée des Oak ', 'post marks': '〒100-0001 ', 'han behind a mark': `〒100-0001 ${'東'.repeat(60)}`, 'lots and wards': '1-1-2 Oak, a, a, Oak-ku, ', 'C/': 'C/', 'C/ and names': 'C/ Oak Oak ', 'Postfach': 'Postfach 12 ', 'houses': '12 Oak House, ',
  'decimals': '52.5200, ', 'pairs': '52.5200, 13.4050 ', 'degrees': '40°26′46″N ', 'geo': 'geo:1.', 'latitudes': 'lat 1.1234 ', 'base58': '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa ', 'base58 without end': '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', 'bech32': 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4 ', 'hex': `0x${'aB'.repeat(20)} `, '0x': '0x', 'wallets': 'bitcoin address ',
  'P<': 'P<', 'P< lines': `P<UTO${'<'.repeat(39)}\n`, 'brackets': '123456782 (', 'lists': '123456782, and 123456782 or ', 'han': '生年月日1985年', 'spaces': ' ', 'line breaks': '\n', 'halves of surrogates': '\ud83d1', 'letters': 'a', 'capital letters': 'A', 'marked letters': 'ß1',
}

const textOf = (repeated: string, length: number): string => repeated.repeat(Math.ceil(length / repeated.length)).slice(0, length)

/** Processor time of this thread: what other processes take of the machine is not in it. */
const fastestMs = (text: string, rounds: number): number => {
  let fastest = Infinity
  for (let round = 0; round < rounds; round += 1) {
    const from = process.threadCpuUsage()
    scanner.find(text, null, 0.5)
    const { user, system } = process.threadCpuUsage(from)
    fastest = Math.min(fastest, (user + system) / 1000)
  }
  return fastest
}

describe('the rules of identity on hostile text', () => {
  for (const [name, repeated] of Object.entries(hostile)) {
    test(`${name}: less than sixty-four times the time for sixteen times the text, and nothing outside of it`, () => {
      const ratioOf = (): number => fastestMs(textOf(repeated, large), 1) / Math.max(1, fastestMs(textOf(repeated, small), 2))
      assert.ok(ratioOf() < 64 || ratioOf() < 64 || ratioOf() < 64)
      for (const { start, end } of scanner.find(textOf(repeated, middle), null, 0.5)) assert.ok(start >= 0 && end <= middle && end - start <= reach)
    })
  }

  test('what stands further away than a rule may look changes nothing', () => {
    const values = [`BSN ${invented.nl_bsn!(1)}`, written(invented.br_cpf!(2), '3.3.3-2'), 'DOB: 12/03/1985', '742 Evergreen Terrace, Springfield, IL 62704', 'passport 533401684', 'coordinates: 52.5200, 13.4050', 'MRN: 12345678', 'Hauptstraße 12a, 10115 Berlin']
    for (const value of values) {
      const around = (filler: string): unknown => {
        const text = `${filler}. ${value}; ${filler}`
        const from = filler.length
        return scanner.find(text, null, 0.5).filter(({ start }) => start >= from && start < from + value.length + 4).map(({ kind, start, end, confidence }) => [kind, start - from, end - from, confidence])
      }
      const near = around('lorem ipsum '.repeat(60))
      assert.deepEqual(around('lorem ipsum '.repeat(600)), near)
      assert.notDeepEqual(near, [], value)
    }
  })
})
