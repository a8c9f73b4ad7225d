// What each kind looks like where people really write it, and what only looks like it. Every value is invented or a documented test value;
// the secret-looking ones are put together here, so that no scanner mistakes this file for a leak.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { detectedKinds, findEntities } from '../../../gateway/redaction/find.ts'
import type { EntityKind } from '../../../gateway/exchange/kinds.ts'

/** The confidence from which the gateway acts unless it is configured otherwise. */
const usual = 0.5

interface Found { readonly kind: EntityKind; readonly value: string }

const found = (text: string, key: string | null, minConfidence = usual): Found[] =>
  findEntities(text, key, minConfidence).map(({ kind, start, end }) => ({ kind, value: text.slice(start, end) }))

/** A context with `§` where the value stands, and under which JSON key. */
type Context = string | readonly [text: string, key: string]

const textOf = (context: Context): [string, string | null] => typeof context === 'string' ? [context, null] : [context[0], context[1]]

const alphabet = 'aB3dE5gH7jK9mN2pQ4sT6vX8z1C0fR'
/** Characters that look random and are not a secret of anybody. */
const filler = (length: number): string => alphabet.repeat(Math.ceil(length / alphabet.length)).slice(0, length)
const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const jwt = [base64url({ alg: 'HS256', typ: 'JWT' }), base64url({ sub: 'invented', iat: 1 }), filler(43)].join('.')
/** Keeps the two halves of a published prefix apart in this source. */
const half = (part: string): string => part
const dashes = '-'.repeat(5)
const pem = (label: string, line: string): string => [`${dashes}BEGIN ${label}${dashes}`, filler(64), filler(40), `${dashes}END ${label}${dashes}`].join(line)

const positives: Readonly<Record<string, { readonly values: readonly string[]; readonly contexts: readonly Context[] }>> = {
  card: {
    values: ['4111 1111 1111 1111', '4111-1111-1111-1111', '5555 5555 5555 4444', '3782 822463 10005', '6011 1111 1111 1117', '3056 930902 5904', '3530 1113 3330 0000'],
    contexts: [
      '§', 'My card is §, thanks.', 'Card: § exp 12/27', '{"pan":"§"}', '(§)', 'pay with §.', 'line one\n§\nline three', '§ 12/27 123', 'order 77 § paid', ['§', 'card_number'],
    ],
  },
  iban: {
    values: ['DE89 3704 0044 0532 0130 00', 'DE89370400440532013000', 'GB82 WEST 1234 5698 7654 32', 'FR14 2004 1010 0505 0001 3M02 606', 'NO93 8601 1117 947', 'UA213223130000026007233566001'],
    contexts: ['§', 'IBAN: §', 'Send it to § by Friday.', '{"account":"§"}', '§, BIC COBADEFFXXX', 'a\n§\nb', '§ BIC COBADEFFXXX'],
  },
  email: {
    values: ['anna@example.com', 'a.b+c@mail.example.co.uk', "o'brien@example.org", 'x_1@sub-domain.example', 'jürgen.groß@example.de', 'info@müller.example'],
    contexts: ['§', 'Write to § today', '<§>', 'mailto:§', 'Is it §?', 'It is §.', '{"to":"§"}', 'cc:§,', '(§)', 'From: "A" <§>\r\n'],
  },
  phone: {
    values: [
      '+49 30 901820', '+1-202-555-0143', '+442079460958', '(202) 555-0143', '202-555-0143', '030 901820 12', '+49 (0)30 901820', '202.555.0143', '1-202-555-0143', '001-202-555-0143', '(202)555-0143x1234', '202-555-0143 ext. 12',
      '01 23 45 67 89', '0123-4567890', '020 7946 0958', '(020) 7946 0958', '+81 3-1234-5678', '0049 30 901820', '+1 (202) 555-0143', '(08) 9123 4567', '+33\u00a01\u00a023\u00a045\u00a067\u00a089',
    ],
    contexts: ['§', 'Phone: §', 'call me at § tonight', 'Tel. §', '{"mobile":"§"}', 'either § or nothing', '§.', ['§', 'phone_number'], 'room 12, § please', '(§)', '§ (office)', 'tel:§', 'a\n§\nb'],
  },
  'phone by its label': {
    values: ['467 3395', '60-56-85-91', '03.93.92.16.85', '9472 7916', '5403926876', '(37) 788-063', '416 60 039'],
    contexts: ['Phone:\n§\n\nE-mail:', 'Mobile: §\nDesk:', 'Please call §', "They're not answering at §", '§ fax', 'reach me at §!', ['§', 'mobile'], ['§', 'customerPhone'], '{"phone":"§","id":1}', '{"fax": "§"}'],
  },
  mac: {
    values: ['00:1b:44:11:3a:b7', '00-1B-44-11-3A-B7', 'AA:BB:CC:11:22:33', 'b8-27-eb-aa-bb-cc', '001b.4411.3ab7'],
    contexts: ['§', 'ether § txqueuelen 1000', 'MAC=§', '"§"', 'seen §, then gone', '(§)', 'It is §.', ['§', 'mac_address'], '{"mac":"§"}'],
  },
  url: {
    values: ['https://www.example.com/', 'http://example.org', 'https://example.com/a/b?c=d&e=f#g', 'www.example.com', 'https://sub.example.co.uk:8443/x_(y)', 'ftp://files.example.net/a.txt', 'wss://live.example.com/socket', 'https://müller.example/straße'],
    contexts: ['§', 'see § for more', '(§)', '<§>', '[text](§)', '"§"', 'It is §.', 'a\n§\nb', '§, and so on', ['§', 'homepage'], 'url=§'],
  },
  us_itin: {
    values: ['912-70-1234', '999-88-4321'],
    contexts: ['§', 'ITIN: §', 'my tax id § again', '"§"', ['§', 'itin']],
  },
  bank_routing: {
    values: ['021000021', '123456780'],
    contexts: ['Routing number: §', 'ABA § at the bank', 'routing no. §', '{"routing_number":"§"}', ['§', 'routingNumber'], 'RTN: §', 'routing number is §.'],
  },
  'bank_routing of other countries': {
    values: ['20-00-00'],
    contexts: ['Sort code: §', 'sort code §, account', ['§', 'sort_code'], '{"sortCode":"§"}'],
  },
  bank_account: {
    values: ['12345678', '000123456789', '9876543210123'],
    contexts: ['Account number: §', 'account no. §', 'Konto 	§', 'Kontonummer: §', 'checking account §', 'acct # §', ['§', 'account_number'], ['§', 'bankAccount'], '{"accountNumber":"§"}', 'Kto: §'],
  },
  ipv4: {
    values: ['192.0.2.17', '10.1.2.3', '203.0.113.255'],
    contexts: ['§', 'from § port 22', 'http://§/x', 'http://§:8080/', 'ip=§,', 'It is §.', '"§"', '[§]', '§/24', ['§', 'host'], 'GET /hosts/§/status'],
  },
  ipv6: {
    values: ['2001:db8::8a2e:370:7334', '2001:0db8:0000:0000:0000:ff00:0042:8329', 'fe80::1ff:fe23:4567:890a', '2001:db8::', '::ffff:192.0.2.128'],
    contexts: ['§', 'from § port 22', 'http://[§]:8080/', 'addr:§ up', 'source=§', '"§"', '§/64', '(§)', '§%eth0'],
  },
  us_ssn: {
    values: ['078-05-1120', '219-09-9999'],
    contexts: ['§', 'SSN: §', 'His number is §, born 1990.', '"§"', 'SSN § 01/02/1990', '(§)', ['§', 'ssn']],
  },
  jwt: { values: [jwt, jwt.slice(0, jwt.lastIndexOf('.') + 1)], contexts: ['§', 'Authorization: Bearer §', 'token=§ end', '"§"', 'https://example.com/?t=§&x=1', ['§', 'token']] },
  private_key: {
    values: [pem('PRIVATE KEY', '\n'), pem('RSA PRIVATE KEY', '\n'), pem('OPENSSH PRIVATE KEY', '\r\n'), pem('EC PRIVATE KEY', '\\n'), pem('PGP PRIVATE KEY BLOCK', '\n')],
    contexts: ['§', 'before\n§\nafter', '{"key":"§"}', 'cat id_rsa:\n§'],
  },
  api_key: {
    values: [
      `sk-${half('ant')}-api03-${filler(40)}`, `sk-${half('proj')}-${filler(40)}`, `sk-${filler(48)}`, `gh${half('p')}_${filler(36)}`, `github${half('_pat_')}${filler(40)}`, `gl${half('pat')}-${filler(20)}`,
      `xox${half('b')}-${filler(30)}`, `sk_${half('live')}_${filler(24)}`, `npm${half('_')}${filler(36)}`, `hf${half('_')}${filler(34)}`, `SG${half('.')}${filler(22)}.${filler(43)}`, `lin_${half('api')}_${filler(40)}`,
    ],
    contexts: ['§', 'export KEY=§', 'Use § for the call.', '"§"', "key: '§'", 'https://example.com/?k=§&x=1', '(§)'],
  },
  cloud_key: {
    values: [`AK${half('IA')}IOSFODNN7EXAMPLE`, `AS${half('IA')}IOSFODNN7EXAMPLE`, `AI${half('za')}${filler(35)}`],
    contexts: ['§', 'id §, region eu', 'AWS: §', '"§"', 'X;§;Y'],
  },
  url_credentials: {
    values: [`app:${filler(9)}`, `root:p@ss${half('w0rd')}`, `admin:${filler(20)}`, `:${filler(12)}`],
    contexts: ['postgres://§@db.example.com/x', 'see https://§@192.0.2.1:8080/path.', '"redis://§@cache:6379"', 'DATABASE_URL=mysql://§@localhost/db'],
  },
}

describe('each kind is found in realistic contexts, with exact edges', () => {
  for (const [kind, { values, contexts }] of Object.entries(positives)) {
    const [name = ''] = kind.split(' ')
    test(`${kind} is found wherever it stands`, () => {
      for (const value of values) {
        for (const context of contexts) {
          const [template, key] = textOf(context)
          const text = template.replace('§', () => value)
          assert.deepEqual(found(text, key).filter(one => one.kind === name), [{ kind: name, value }], `${JSON.stringify(text)} under ${String(key)}`)
        }
      }
    })
  }
})

describe('what only looks like a kind is left alone', () => {
  const digest = 'd41d8cd98f00b204e9800998ecf8427e'
  const nearMisses: readonly (readonly [what: string, text: string, key?: string])[] = [
    ['a card number whose checksum fails', '4111 1111 1111 1112'], ['a bare order number', 'order 1234567890123456'], ['a long order number', 'Order 40000000000000000000000'],
    ['a decimal fraction', '0.4111111111111111'], ['a product number with letters', 'SKU4111111111111111'],
    ['an IBAN whose checksum fails', 'DE88 3704 0044 0532 0130 00'], ['an IBAN of an unknown country', 'ZZ89 3704 0044 0532 0130 00'], ['an IBAN that is too short', 'DE89 3704 0044 0532'],
    ['a package at a version', 'react@18.2.0'], ['a scoped package', '@scope/package'], ['a decorator', '@Injectable() class A'], ['an at sign in prose', 'meet @ noon'],
    ['an image for a sharper screen', 'logo@2x.png'], ['a host without a dot', 'root@localhost'], ['a mention', 'thanks @anna'],
    ['a date', '2024-01-15'], ['a date and a time', '2024-01-15 10:30:00'], ['an ISO time with an offset', '2024-01-15T10:30:00+00:00'], ['seconds since the epoch', '1700000000'],
    ['milliseconds since the epoch', 'ts=1700000000000'], ['nanoseconds since the epoch', '1700000000000000000'], ['an addition', 'x = y + 12345678'], ['a git time zone', '1700000000 +0000'],
    ['a cancelled order', 'cancelled 12345678'], ['a recall of a model', 'recall: 0.1234567'], ['a call id', '12345678', 'call_id'], ['an excellent score', 'an excellent 1234567 points'],
    ['a version', 'version 1.2.3.4'], ['a version with a v', 'v1.2.3.4'], ['a longer version', '1.2.3.4.5'], ['an octet that is too large', '1.2.3.256'], ['a browser', 'Mozilla/5.0 Chrome/120.0.0.0 Safari/537.36'],
    ['this machine', 'http://127.0.0.1:8080'], ['every machine', '0.0.0.0'], ['a section', 'section 1.2.3.4'],
    ['a clock time', '12:34:56'], ['the address of all machines', 'ff:ff:ff:ff:ff:ff'], ['an MD5 fingerprint', digest.replace(/..(?!$)/g, '$&:')], ['a path of a language', 'abc::add(dead::beef)'], ['a loop-back', '[::1]:80'],
    ['a style', 'a::before { color: red }'], ['a port', 'localhost:3000'],
    ['an SSN that was never issued', '000-12-3456'], ['an SSN of an unused area', '666-12-3456'], ['an SSN in a longer number', '12-078-05-1120-7'], ['nine bare digits', '219099999'],
    ['a UUID', '550e8400-e29b-41d4-a716-446655440000'], ['a UUID of digits', '12345678-4123-4123-8123-412345678901'], ['an MD5 digest', digest], ['a SHA-256 digest', digest + digest],
    ['a git hash', 'commit 4f1c2d3e4b5a69788796a5b4c3d2e1f00f1e2d3c'],
    ['something that begins like a JWT', `eyJ${filler(20)}`], ['three parts that are no JWT', 'eyJhYmMiOjEyMzQ1fQ.eyJhYmMiOjEyMzQ1fQ.abc'], ['a file name', 'eyJournal.backup.tar'],
    ['a public key', pem('PUBLIC KEY', '\n')], ['a certificate', pem('CERTIFICATE', '\n')],
    ['a word with the letters of a key', 'task-management-for-large-distributed-teams'], ['a class of a stylesheet', 'sk-toggleable__label-arrow-with-more-words'], ['a placeholder key', 'sk-your-key-goes-here-please-0'],
    ['crosses instead of a key', `sk-${'x'.repeat(40)}`], ['a key of a cache', `cache-key-${digest}`], ['a short prefix', 'ghp_short'],
    ['a variable instead of a password', 'password=$DB_PASSWORD_1'], ['a template instead of a password', 'password: {{ db_password_1 }}'], ['a call instead of a password', 'password = getpass1(prompt2)'],
    ['a word instead of a password', 'password: changeme123'], ['words about tokens', 'The token: it is short'], ['a number of tokens', 'max_tokens: 4096'], ['a sentence under a key', 'ask the team lead on floor 2', 'password'],
    ['an order under its key', '{"order_id":"4111111111111111"}'], ['an order of digits', 'order no. 4111111111111111'], ['a tracking number', 'tracking 4012888888881881'], ['a 13-digit number', '4222222222222'], ['a snowflake id', '175928847299117063'],
    ['a price', 'price 1,299.00 EUR 12345.67'], ['a release tag', 'release-2024.01.15-1430'], ['a date with dots', '15.01.2024 10:30'], ['a span of dates', '2024-01-15/2024-02-15'], ['a date in French', '05/12/2024 10h30'], ['a date and an hour', '20240115 103000'],
    ['a compact time', '20240115T103000Z'], ['a log line', '2024-01-15 10:30:00,123 INFO 12345 --- main'], ['a duration', '01:23:45.678901'], ['a hex dump', '00000010  01 02 03 04 05 06 07 08  09 0a 0b 0c'], ['a row of a table', '100 200 3000 4000'],
    ['a subtraction', 'x = 100-200-3000'], ['an array', '[123456, 234567, 345678, 456789]'], ['a matrix', '0.5 0.25 0.125 0.0625 0.03125'], ['an ISBN', 'ISBN 978-3-16-148410-0'], ['a DOI', 'doi:10.1000/182'], ['an OID', 'OID 1.2.840.113549'],
    ['a JSON version', '{"version":"4.18.2.1"}'], ['a version under its key', '4.18.2.1', 'version'], ['an assembly', 'Version=4.0.0.0, Culture=neutral'], ['a semantic version', 'node_modules/foo@1.22.333'], ['a postal code', '90210-1234'], ['a size', '1920x1080 1234567 bytes'],
    ['a line of numbers', 'lines 1000-1200, 1300-1400'], ['a part number', 'part 555-12345-6789'], ['a count under its key', '{"count":2025550143}'], ['a phone that is missing and an id', '{"phone":null,"id":20255501}'], ['epoch seconds under a key', '{"created":1700000000}'],
    ['an account id', '{"account_id":"123456789012"}'], ['the kind of an account', 'account type 12345678'], ['a current number', 'the current 12345678'], ['a sort of list', 'sort 12-34-56'], ['routing in prose', 'routing table 123456'], ['a bank of memory', 'bank 12345678'],
    ['a UUID in a URL', 'https://example.com/550e8400-e29b-41d4-a716-446655440000'], ['a coordinate', '52.520008, 13.404954'], ['hex', '0x7fffffffffff'], ['a CSS colour', '#123456 #00112233'], ['a range of ports', '8000-9000'], ['a ratio', '16:9 4:3'],
    ['Rust paths', 'std::collections::hash_map::Entry'], ['a C++ name', 'a1::b2::c3'], ['a time with colons', '10:20:30:40'], ['a fingerprint of a key', 'SHA256:47DEQpj8HBSa'], ['a date with hyphens', '12-31-2024'], ['a file name', 'IMG_20240115_103000.jpg'],
    ['digits of pi', '3.14159265358979323846'], ['bytes of a buffer', '<Buffer 01 02 03 04 05>'], ['a heading of a specification', '  // 22.1.3.13 Array.prototype.keys'], ['a large sum', '1 000 000 000'], ['thousands', '1.234.567.890'], ['a diff', '@@ -123,45 +1234567 @@'], ['an arithmetic', '1+2345678901'], ['a ticket', 'ticket 202-555-0143'], ['an SSN-shaped order', 'order 078-05-1120'],
    ['a URL without credentials', 'https://example.com:8080/a@b'], ['a URL with a user only', 'ssh://git@host/repo'], ['a URL with a variable', 'https://user:${PASS}@host/x'], ['a URL with stars', 'https://user:***@host/x'],
  ]
  for (const [what, text, key] of nearMisses) {
    // A URL is there where one is written; it is by itself nobody's.
    test(`${what} is not found`, () => { assert.deepEqual(found(text, key ?? null).filter(({ kind }) => kind !== 'url'), []) })
  }
})

describe('checksums and labels', () => {
  const confidence = (text: string, kind: EntityKind, key: string | null = null): number => findEntities(text, key, 0).find(one => one.kind === kind)?.confidence ?? 0

  test('a failed checksum lowers the confidence and does not veto', () => {
    const pairs: readonly (readonly [EntityKind, string, string])[] = [
      ['card', '4111 1111 1111 1111', '4111 1111 1111 1112'], ['iban', 'DE89370400440532013000', 'DE88370400440532013000'],
    ]
    for (const [kind, right, wrong] of pairs) {
      assert.ok(confidence(wrong, kind) > 0, wrong)
      assert.ok(confidence(wrong, kind) < usual && confidence(right, kind) >= usual, wrong)
    }
    assert.ok(confidence('visa 4111111111111112', 'card') < confidence('visa 4111111111111111', 'card'))
  })

  test('a label in the text or in the JSON key raises the confidence', () => {
    const cases: readonly (readonly [EntityKind, string, string, string])[] = [
      ['card', '4111111111111111', 'card 4111111111111111', 'cardNumber'], ['us_ssn', '219 09 9999', 'SSN 219 09 9999', 'ssn'],
      ['phone', '202-555-0143', 'phone 202-555-0143', 'customerPhone'], ['us_ssn', '219099999', 'social security 219099999', 'social_security_number'],
      ['iban', 'DE88370400440532013000', 'IBAN DE88370400440532013000', 'iban'],
    ]
    for (const [kind, bare, labelled, key] of cases) {
      assert.ok(confidence(labelled, kind) > confidence(bare, kind), labelled)
      assert.ok(confidence(bare, kind, key) > confidence(bare, kind), key)
    }
  })

  test('findings below the asked confidence are left out', () => {
    const [one] = findEntities('4111111111111111', null, 0.8)
    assert.equal(one?.kind, 'card')
    assert.deepEqual(findEntities('4111111111111111', null, 0.81).filter(({ kind }) => kind === 'card'), [])
  })
})

describe('secrets that only their name gives away', () => {
  const value = ['Tr0ub4dor', '&3xy'].join('')
  const named: readonly (readonly [text: string, key?: string])[] = [
    [`password = "${value}"`], [`PASSWORD=${value}`], [`"api_key": "${value}"`], [`client_secret: ${value}`], [`the token is ${value}`], [`passwd:'${value}'`],
    [value, 'password'], [value, 'clientSecret'], [value, 'DB_PASSWORD'], [value, 'apiKey'], [value, 'access_token'],
  ]
  for (const [text, key] of named) {
    test(`the value in ${text.replace(value, '…')} under the key ${key ?? 'of nobody'} is found`, () => {
      assert.deepEqual(found(text, key ?? null), [{ kind: /pass/i.test(`${text} ${key ?? ''}`) ? 'password' : 'api_key', value }])
    })
  }

  test('the same value without a name is nothing', () => {
    assert.deepEqual(found(value, null), [])
    assert.deepEqual(found(value, 'title'), [])
  })
})

describe('where kinds meet', () => {
  test('findings are sorted, and none overlaps another', () => {
    const text = ['4111 1111 1111 1111', 'anna@example.com', `postgres://app:${filler(9)}@db.example.com`, '192.0.2.17', `token=${jwt}`, 'DE89370400440532013000', '+49 30 901820', `password: ${filler(12)}`].join(' and ')
    const findings = findEntities(text, null, 0)
    assert.equal(findings.length, 8)
    findings.reduce((end, finding) => {
      assert.ok(finding.start >= end && finding.end > finding.start && finding.end <= text.length)
      return finding.end
    }, 0)
  })

  test('the password of a URL is a secret, also where it reads like an e-mail address', () => {
    assert.deepEqual(found(`postgres://app:${filler(9)}@db.example.com/x`, null), [{ kind: 'url_credentials', value: `app:${filler(9)}` }])
  })

  test('a private key that is cut off is covered to the end of the text', () => {
    const whole = pem('PRIVATE KEY', '\n')
    for (const length of [whole.length - 5, whole.length - 30, whole.length - 60, 60]) {
      for (const front of ['', 'x\n', 'here it is:\n']) {
        assert.deepEqual(found(front + whole.slice(0, length), null), [{ kind: 'private_key', value: whole.slice(0, length) }], `${front.length} ${length}`)
      }
    }
  })

  test('two private keys are two findings', () => {
    const one = pem('PRIVATE KEY', '\n')
    assert.deepEqual(found(`${one}\n\n${one}`, null).map(({ value }) => value), [one, one])
  })

  test('every kind has a detector', () => {
    for (const kind of Object.keys(positives)) assert.ok(detectedKinds.has(kind.split(' ')[0] as EntityKind), kind)
  })
})
