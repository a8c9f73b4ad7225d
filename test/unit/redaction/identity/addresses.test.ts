// Postal addresses by their shape, and coordinates.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { finds, found } from './found.ts'

const whole: readonly string[] = [
  '742 Evergreen Terrace, Springfield, IL 62704', '1600 Amphitheatre Parkway, Mountain View, CA 94043', '350 5th Avenue, New York, NY 10118-0110', '12 N Main St., Apt 4B, Austin, TX 78701', '221 Oak Ridge Rd, Suite 300, Raleigh, North Carolina 27601',
  '123 Main Street\nBoston, MA 02110', '77 Massachusetts Ave NW, Cambridge, MA 02139', '10 Downing Street, London SW1A 2AA', 'Flat 2, 14 High Street, Guildford, Surrey, GU1 3AA', '5 Church Lane, Leeds LS1 4AP', '88 George Street, Sydney NSW 2000', '240 Sparks Street, Ottawa, ON K1P 6C9',
  'Hauptstraße 12a, 10115 Berlin', 'Berliner Str. 4, 80331 München', 'Am Alten Markt 5, 14467 Potsdam', 'Bahnhofstrasse 21, CH-8001 Zürich', 'Mariahilfer Straße 77, 1060 Wien', 'Karl-Marx-Allee 33\n10178 Berlin', 'Kirchweg 3, 50667 Köln',
  '12 rue de la Paix, 75002 Paris', '5 bis, avenue Victor Hugo, 69002 Lyon', '3 place Bellecour, 69002 Lyon', 'Via Roma 12, 00184 Roma', 'Via Giuseppe Verdi, 7, 20121 Milano', 'Piazza San Marco 1, 30124 Venezia', 'Calle Mayor 12, 28013 Madrid', 'Avenida de la Constitución 3, 41001 Sevilla',
  'Prinsengracht 263, 1016 GV Amsterdam', 'Kerkstraat 12, 1017 GC Amsterdam', 'Rua Augusta 25, 1100-048 Lisboa', 'ul. Długa 5, 00-238 Warszawa', 'Drottninggatan 5, 111 51 Stockholm', 'Vesterbrogade 10, 1620 København', 'PO Box 1234, Denver, CO 80201', 'P.O. Box 77', '742 Evergreen Lane', 'Hauptstraße 12', 'Via Garibaldi 5', 'Calle Alcalá 45', '12 rue Lafayette', 'Kuusitie 82 Apt. 595',
]

const further: readonly string[] = [
  // What is behind the street: flat, town, code and country, in lines and in one.
  '57 Askelund Road\nSuite 322\nBoeslunde\nDenmark 4242', '5570 Kaarikatu 32 Apt. 353, Turku, Finland 20100', '12 Oak Street, Toronto, Canada', 'Rue de la Loi 16, 1000 Bruxelles', 'Rua das Flores, 123, São Paulo - SP, 01310-100', '12 MG Road, Bengaluru 560001',
  '1 O\'Connell Street, Dublin, Ireland', '10 Queen Street, Auckland, New Zealand', 'Rue du Rhône 50, 1204 Genève', 'Via dei Fiorentini 17, 50123 Firenze', 'Vodičkova ulice 12, Praha, Czech Republic',
  'Erzsébet tér 19, 1051 Budapest', 'Rákóczi út 66., 1074 Budapest', 'Rákóczi út 66. Apt. 268, Beder, Denmark 5690', 'Kossuth Lajos utca 4', 'Storgata 12, 0155 Oslo', 'Aleksanterinkatu 15, 00100 Helsinki', 'Mellemstræde 74, 4760 Vordingborg', 'Björkvägen 55, 982 31 Gällivare', '228 Ringvej 144, 2730 Herlev', '12 Hauptstrasse, 10115 Berlin',
  // Without a street.
  'PSC 4115, Box 7815\nAPO AA 41945', 'Unit 5022 Box 1225, DPO AE 44085', 'USS Nimitz, FPO AP 96628-2820', 'Dallas, TX 75001', 'Salt Lake City, UT 84101-1234', 'the corner of Main Street and 5th Avenue', 'Apt. 370',
]

/** As they are written in some thirty countries: all of it, in the middle of a text and before a point. */
const world: readonly string[] = [
  '1455 Market Street, Suite 600, San Francisco, CA 94103', 'Unit 3, 45 Harbour Road, Bristol BS1 5TY',
  'Flat 12B, Ashdown House, 77 Queen\'s Road, Brighton BN1 3XA', '1200 Rue Sherbrooke Ouest, Montréal, QC H3A 1H6',
  '55 Bloor Street West, Toronto, ON M4W 1A5', 'Level 5, 123 Pitt Street, Sydney NSW 2000, Australia', '12 Grafton Street, Dublin 2, D02 VF65',
  '18 Lambton Quay, Wellington 6011, New Zealand', 'Friedrichstraße 123, 10117 Berlin, Deutschland', 'Landstraßer Hauptstraße 12/3/4, 1030 Wien',
  'Rue du Mont-Blanc 18, 1201 Genève, Suisse', 'Seestrasse 45, 8002 Zürich', '24 rue du Faubourg Saint-Honoré, 75008 Paris, France',
  '7 allée des Tilleuls, 33000 Bordeaux', 'Via Monte Napoleone 8, 20121 Milano MI, Italia', 'Piazza della Repubblica, 3, 50123 Firenze',
  'Calle de Alcalá, 52, 3º B, 28014 Madrid', 'C/ Mayor 15, 08001 Barcelona', 'Avda. de la Constitución 12, 41004 Sevilla',
  'Rua Augusta, 274, 2º Esq., 1100-053 Lisboa, Portugal', 'Keizersgracht 555, 1017 DR Amsterdam, Nederland',
  'Avenue Louise 65, 1050 Bruxelles, Belgique', 'Kungsgatan 44, 111 35 Stockholm, Sverige', 'Karl Johans gate 22, 0159 Oslo, Norge',
  'Nørrebrogade 110, 2. tv., 2200 København N', 'Mannerheimintie 12 A 5, 00100 Helsinki', 'ul. Marszałkowska 84/92 m. 15, 00-514 Warszawa',
  'Václavské náměstí 1, 110 00 Praha 1', 'Flat 4B, Shanti Apartments, 12 MG Road, Bengaluru, Karnataka 560001',
  '221, Linking Road, Bandra West, Mumbai 400050', 'Avenida Paulista, 1578 - Bela Vista, São Paulo - SP, 01310-200',
  'Rua das Laranjeiras 45, Rio de Janeiro, RJ 22240-003', '1-1-2 Oshiage, Sumida-ku, Tokyo 131-0045, Japan', '〒100-0001 東京都千代田区千代田1-1',
  'P.O. Box 4521, Lagos, Nigeria', 'RR 2 Box 145, Ashland, KS 67831', 'HC 64 Box 12, Kingman, AZ 86401',
  '1234 NW Bobcat Lane, St. Robert, MO 65584-5678', '10 Place de la Comédie, 34000 Montpellier', 'Schloßallee 1, 01309 Dresden',
  'Postfach 12 34, 10115 Berlin', 'Nowy Świat 15/17, 00-029 Warszawa', 'os. Słoneczne 5/12, 31-958 Kraków',
]

/** Where what is said of a place tells that it is one. */
const inSentences: readonly (readonly [text: string, address: string])[] = [
  ['She lives on Joaquin Suarez 2906.', 'Joaquin Suarez 2906'], ['He lived at 83393 Pärna 33, and moved.', '83393 Pärna 33'], ['Our shop is located at Pod Floriánem 1677.', 'Pod Floriánem 1677'], ['It is shipped to 92597 Jahu 80 today', '92597 Jahu 80'],
  ['I met her on Adams Street twice', 'Adams Street'], ['turn from Cyprus Avenue', 'Cyprus Avenue'], ['postcode is SW1A 2AA', 'SW1A 2AA'], ['I am near SW1A 2AA now', 'SW1A 2AA'], ['send it to K1A 0B1 please', 'K1A 0B1'], ['Dr. Cindy Holinka Apt. 117 5720 Skoanveien 226', 'Apt. 117 5720 Skoanveien 226'],
]

describe('postal addresses', () => {
  for (const address of whole) {
    test(`${address.replace('\n', ' / ')} is found whole`, () => {
      for (const text of [address, `I live at ${address}.`, `(${address})`, `Ship it to ${address}, please`, `"${address}"`]) assert.ok(finds(text, address, 'address'), `${text} ${JSON.stringify(found(text, null, 0.01))}`)
    })
  }

  for (const address of further) {
    test(`${address.replaceAll('\n', ' / ')} is found whole`, () => {
      for (const text of [address, `Ship it to ${address}, please`, `"${address}"`]) assert.ok(finds(text, address, 'address'), `${text} ${JSON.stringify(found(text, null, 0.01))}`)
    })
  }

  for (const address of world) {
    test(`${address} is found whole at the end of a sentence`, () => {
      for (const text of [`Please send the parcel to ${address}. Thanks!`, `(${address})`]) assert.ok(finds(text, address, 'address'), `${text} ${JSON.stringify(found(text, null, 0.01))}`)
    })
  }

  for (const [text, address] of inSentences) {
    test(`${address} is found in: ${text}`, () => { assert.ok(finds(text, address, 'address'), JSON.stringify(found(text, null, 0.01))) })
  }

  test('is found whole in lines that are quoted, indented or escaped', () => {
    for (const between of ['\n', '\n> ', '\n    ', '\\n']) {
      const address = ['12 Oak Street', 'Apt. 4', 'Springfield', 'IL 62704'].join(between)
      assert.ok(finds(`Ida${between}${address}${between}`, address, 'address'), JSON.stringify(found(`Ida${between}${address}${between}`, null, 0.01)))
    }
  })

  test('towns and countries are places under their keys, which no default hides', () => {
    for (const [key, value] of [['city', 'Trondheim'], ['homeTown', 'São Paulo'], ['country', 'Denmark'], ['wohnort', 'Bad Tölz']] as const) assert.ok(finds(value, value, 'location', key), key)
    for (const [key, value] of [['city', 'see below: 12'], ['country', 'NO'], ['city', 'true'], ['city_id', '12 34']] as const) assert.deepEqual(found(value, key), [], key)
  })

  test('are found under their keys and behind their labels, also where the street is no known one', () => {
    for (const value of ['12 Kinkerbuurt, Utrecht', 'Unter den Linden 77', 'Flat 3, Rose Cottage, Nr. 7']) {
      for (const key of ['address', 'streetAddress', 'address_line_1', 'anschrift', 'billing_address']) assert.ok(finds(value, value, 'address', key), `${key} ${value}`)
      for (const text of [`Address: ${value}\nmore`, `Anschrift: ${value}`, `dirección; Direccion: ${value}`, `"address": "${value}", "x": 1`]) assert.ok(finds(text, value, 'address'), `${text} ${JSON.stringify(found(text))}`)
    }
    for (const text of ['Address:     12 Kinkerbuurt\n  Delmas, MP 35739\nPhone', 'Address:\n12 Kinkerbuurt\n  Delmas, MP 35739\n']) assert.ok(finds(text, '12 Kinkerbuurt\n  Delmas, MP 35739', 'address'), JSON.stringify(found(text, null, 0.01)))
    assert.deepEqual(found('Address:\n\nnone of the 12 fields').filter(({ kind }) => kind === 'address'), [])
    for (const [key, value] of [['zip', '62704-1234'], ['postcode', 'SW1A 2AA'], ['postal_code', '1016 GV'], ['zipCode', '94043-1351']] as const) assert.ok(finds(value, value, 'address', key), value)
    for (const code of ['48750', '75534-030', '3610-114', '1016 GV']) assert.ok(finds(`ZIP: ${code}`, code, 'address'), code)
    assert.ok(finds('Main Street', 'Main Street', 'address', 'street'))
  })

  const negatives: readonly (string | readonly [text: string, key: string])[] = [
    'in 2024 the street was closed', '3 ways to drive', 'take 5 minutes to drive', 'a 10 way tie', '2 Close Friends', 'version 12 St', 'the 3 main street lamps', 'page 12 of the Drive guide', '100 Place holders', 'via 12 hops', 'al 100 por ciento', 'Chapter 5 Court rulings', 'email address: a1@example.com is', 'IP address: 10.0.0.1',
    'address 0x7ffe1234', 'Address: see below', 'the address is invalid', 'ring 0', 'Weg 5', 'am Platz 3', 'row 12, column 5', '$5 Drive', 'on route 66', 'rue the day', 'plaza', 'std::string street = "x1"', 'Dr. Smith saw 3 patients', '12 Dr. Smith', 'Windows 11 Start menu', 'step 3 Way forward', 'box 12', 'During 1971, May left', 'Spring 2024, Boston', 'Decade 1990', 'Investigate 5, Please', 'class Street2 {}',
    'he lives in Room 5', 'we live in Stockholm 2012', 'the address is IPv4 5', 'it lives at line 12', 'on Wall Street', 'in The Street', 'the corner of a page', 'suite 5 of the tests', 'apt install 3', 'Suite 12', 'May 2024 Apple 12', '11 Apr 2015 #news', 'in 2014 Zambia. The # equal', 'A1 2 B3', 'X1 9AA5', 'error AB 12345', 'LOG OK 75001', 'TX 75001',
    'delivered to Gate 12', 'Nexus 6 Sleeve # Nexus 5', '2 Main points, 3 Side points', 'Meier u. 15 andere', 'Boeing 747, 10000 Meter', 'Windows 11, 64000 Rechner', 'In 2019, 12345 people', 'Apollo 11, 1969 Armstrong', 'row 12, 10117 items', 'C/ 15', 'C/C++ 15', 'allée 5', '5 allées', 'Postfach voll', '1-2-3 Go, now', '100-0001 and more', 'version 12/3/4, 2024', 'Chapter 3 Park 12',
    ['10.0.0.1', 'address'], ['10.0.0.1', 'ip address'], ['anna1@example.com', 'email address'], ['0x00ff', 'address'], ['string', 'address'], ['https://example.com/1', 'web_address'], ['The postal address of the person', 'address'], ['true', 'street'], ['file.zip', 'zip'], ['12', 'zip'],
  ]
  for (const negative of negatives) {
    const [text, key] = typeof negative === 'string' ? [negative, null] : negative
    test(`none is in: ${text}${key === null ? '' : ` (key ${key})`}`, () => {
      assert.deepEqual(found(text, key).filter(({ kind }) => kind === 'address'), [])
    })
  }
})

describe('coordinates', () => {
  const positives = [
    ['40.7128° N, 74.0060° W', '§'], ['52.5200, 13.4050', 'Location: §'], ['52.5200, 13.4050', 'GPS § here'], ['-33.8688, 151.2093', 'coordinates: §'], ['40°26′46″N 79°58′56″W', 'at § now'], ['40°26\'46"N, 79°58\'56"W', '§.'], ['52.5200,13.4050', 'geo:§'], ['37.786971,-122.399677', 'geo:§;u=35'], ['48.8584', 'latitude: §'], ['2.2945', 'lng=§'], ['52.52', 'lat=§, lng=13.40'], ['52.520008', '"lat": §,'], ['52.5200, 13.4050', 'Koordinaten: §'],
  ] as const
  for (const [value, text] of positives) test(`${text.replace('§', value)} holds them`, () => { assert.ok(finds(text.replace('§', value), value, 'coordinates'), JSON.stringify(found(text.replace('§', value), null, 0.01))) })

  test('are found under their keys', () => {
    for (const [key, value] of [['latitude', '52.520008'], ['lng', '-13.404954'], ['coordinates', '52.52, 13.40'], ['gps', '52.5200,13.4050']] as const) assert.ok(finds(value, value, 'coordinates', key), key)
  })

  for (const text of ['embedding [0.1234, 0.5678, 0.9123]', 'loss 0.1234, 0.5678', 'prices 12.50, 13.99', 'version 1.2.3, 4.5.6', 'it is 21° outside', 'between 1.5 and 2.5', '10.0.0.1, 10.0.0.2', 'p = 0.0001, n = 12', 'size 12.3456, 45.6789 mm', 'ratio 3.14159', 'lat: high', '12.34.56', 'turn 90° left', 'geo: none']) {
    test(`none are in: ${text}`, () => { assert.deepEqual(found(text).filter(({ kind }) => kind === 'coordinates'), []) })
  }
})
