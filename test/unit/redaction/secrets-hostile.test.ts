// The rules for secrets on text that was written against them, all together: the time grows with the text and not with its square.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { secretRules } from '../../../gateway/redaction/detectors/secrets/secret-rules.ts'
import { createScanner } from '../../../gateway/redaction/scan.ts'

const kib = 1024
const sizes = [64 * kib, 1024 * kib] as const
const dashes = '-'.repeat(5)
const pem = `${dashes}BEGIN PRIVATE KEY${dashes}`
const filler = 'aB3dE5gH7jK9mN2p'

/** What is repeated to the wanted length. */
const hostile: Readonly<Record<string, string>> = {
  'names without values': 'password=', 'names and quotes': 'password="', 'names and escaped quotes': String.raw`password=\"`, 'names with backslashes': `secret='${'\\'.repeat(40)}`, 'names in one word': 'passwordpassword_', 'long names': `${'a'.repeat(70)}_key=`,
  'words of names': 'token ', 'names said': 'the password is ', 'names for something': 'password for ', 'pairs': `'password','`, 'flags': '--password ', 'defines': `define('AUTH_KEY','`, 'separators': '=:', 'names and separators': 'key=:',
  'ampersands': 'password=a&', 'values of names': 'value=', 'names of values': 'name=password value=', 'variables': 'variable "password" { default = ', 'unclosed braces': 'variable "a" {', 'brackets': '<', 'tags': '<password>', 'tags with attributes': '<pass a="',
  'open tags': '<pass ', 'names of tags': '<a name="password">', 'PEM headers': pem, 'PEM headers and lines': `${pem}\\n${filler.repeat(4)}\\n`, 'PEM beginnings': `${dashes}BEGIN `, 'PEM headers and dashes': `${pem}${'-'.repeat(40)}`, 'headers of lines': `${pem}\nProc-Type: `,
  'PuTTY': 'Private-Lines: 999\n', 'PuTTY lines': `Private-Lines: 999\n${`${filler}\n`.repeat(20)}`, 'seeds': 'seed: ', 'seed words': 'mnemonic: apple ', 'JWT heads': 'eyJ', 'JWT heads after slashes': `/eyJhbGciOiJIUzI1NiJ9.${filler}`, 'JWT dots': `eyJ${filler}.`, 'a long JWT head': `eyJ${'a'.repeat(9000)}/`,
  'tildes': '~', 'Q and tildes': '1Q~', 'Q and run': `aaa8Q~${filler}`, 'data centres': `${'a1'.repeat(16)}-us`, 'Telegram': '123456789:AA', 'atlas': `${filler}.atlasv1.`, 'mmk': '_mmk', 'bearers': 'bearer ', 'authorization': 'authorization: ', 'basic': 'basic ', 'Basic and base64': `Basic ${filler} `,
  'dollars': '$6$', 'hashes': '$2y$12$', 'directory hashes': '{SSHA}', 'frameworks': 'pbkdf2_sha256$1000$', 'pgpass': ':5432:a:b:', 'ADO': ';Password=', 'ADO with places': 'Server=a;Password=b;', 'JDBC': 'jdbc:', 'JDBC with options': 'jdbc:x?a=b&', 'thin': 'jdbc:oracle:thin:a/',
  'cookies': 'cookie: ', 'cookies and pairs': 'cookie: a=b; ', 'pairs of cookies': `cookie: ${'sid=a1b2c3d4e5; '.repeat(30)}`, 'cookie flags': '--cookie ', 'mysql': 'mysql ', 'mysql and flags': 'mysql -u', 'curl': 'curl -u ', 'redis': 'redis-cli ', 'docker': 'docker login ', 'htpasswd': 'htpasswd -b a ',
  'data': '\ndata:\n  a: bcdef\nkind: Secret', 'data lines': 'data:\n', 'kty': '"kty":"EC",', 'kty and members': `{"kty":"EC","d":"${filler.repeat(2)}"`, 'logins': `login('`, 'login calls': `login('a@b','`, 'vendors': 'heroku ', 'vendors and separators': 'github=', 'vendors and digests': `datadog: ${'a1'.repeat(20)} `, 'prefixes': 'ghp_AKIAsk-SG.', 'prefix runs': `sk-${filler.repeat(30)} `, 'prefix and hyphens': 'sk-proj-', 'SG': `SG.${filler}`,
  'pat': `pat${filler}`, 'hooks': 'hooks.slack.com/services/', 'Teams': 'webhook.office.com/webhookb2/', 'contexts': 'live_', 'long runs': filler, 'letters': 'A', 'spaces': ' ', 'new lines': '\n', 'backslashes': '\\', 'quotes': '"', 'halves of surrogates': '\ud83d',
}

const scanner = createScanner(secretRules)
const textOf = (what: string, length: number): string => (hostile[what] ?? '').repeat(Math.ceil(length / (hostile[what] ?? ' ').length)).slice(0, length)

const threadMs = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

const fastestMs = (text: string, rounds: number): number => {
  let fastest = Infinity
  for (let round = 0; round < rounds; round += 1) {
    const from = threadMs()
    scanner.find(text, null, 0)
    fastest = Math.min(fastest, threadMs() - from)
  }
  return fastest
}

describe('the rules for secrets on hostile text', () => {
  test('the time for sixteen times the text stays far below quadratic', () => {
    for (const what of Object.keys(hostile)) {
      const [small, large] = sizes.map(size => textOf(what, size)) as [string, string]
      // Below two milliseconds the clock and the compiler are measured.
      const ratioOf = (): number => fastestMs(large, 1) / Math.max(2, fastestMs(small, 1))
      assert.ok(ratioOf() < 48 || ratioOf() < 48 || ratioOf() < 48, what)
    }
  })

  test('what is reported lies inside the text, whatever the text', () => {
    for (const what of Object.keys(hostile)) {
      for (const { start, end } of scanner.find(textOf(what, sizes[0]), null, 0)) assert.ok(start >= 0 && start < end && end <= sizes[0], what)
    }
  })

  test('a key at the end of hostile text is still found', () => {
    const value = `${['gl', 'pat-'].join('')}${filler}x9Yz`
    for (const what of Object.keys(hostile)) {
      const text = `${textOf(what, sizes[0])}\n${value}`
      assert.ok(scanner.find(text, null, 0.5).some(({ start, end }) => text.slice(start, end) === value), what)
    }
  })
})
