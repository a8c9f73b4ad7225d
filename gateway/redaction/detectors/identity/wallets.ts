// Addresses of crypto currencies. Most carry a checksum that leaves no doubt; the others need a label.
import { createHash } from 'node:crypto'
import type { Rule } from '../../rule.ts'
import { keccak256 } from './keccak.ts'
import { anyOf, behindLabel, isWordUnit, labelOf } from './labels.ts'

const base58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
/** XRP has an alphabet of its own. */
const ripple = 'rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz'

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

/** Twenty-five bytes: version, hash, and four of the double SHA-256 of both. */
const base58CheckHolds = (word: string, alphabet: string): boolean => {
  let value = 0n
  for (const character of word) {
    const digit = alphabet.indexOf(character)
    if (digit === -1) return false
    value = value * 58n + BigInt(digit)
  }
  const hex = value.toString(16)
  if (hex.length > 50) return false
  const bytes = Buffer.from(hex.padStart(50, '0'), 'hex')
  return sha256(sha256(bytes.subarray(0, 21))).subarray(0, 4).equals(bytes.subarray(21))
}

const bech32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]

/** BIP 173 and BIP 350. */
const bech32Holds = (word: string): boolean => {
  const lower = word.toLowerCase()
  const split = lower.lastIndexOf('1')
  const human = Array.from(lower.slice(0, split), character => character.charCodeAt(0))
  const data = Array.from(lower.slice(split + 1), character => bech32.indexOf(character))
  if (split < 1 || data.length < 6 || data.includes(-1) || (word !== lower && word !== word.toUpperCase())) return false
  let check = 1
  for (const value of [...human.map(code => code >> 5), 0, ...human.map(code => code & 31), ...data]) {
    const top = check >>> 25
    check = ((check & 0x1ffffff) << 5) ^ value
    generators.forEach((generator, bit) => { if (((top >> bit) & 1) === 1) check ^= generator })
  }
  return check === 1 || check === 0x2bc830a3
}

/** EIP-55: the case of a letter says whether the hash of the lower-case address has its bit there. */
const eip55Holds = (hex: string): boolean => {
  const hash = keccak256(hex.toLowerCase())
  return Array.from(hex).every((character, index) => !/[a-f]/i.test(character) || (Number.parseInt(hash.charAt(index), 16) > 7) === (character < 'a'))
}

const wordEnd = (text: string, start: number, longest: number): number => {
  let end = start
  while (end - start <= longest && isWordUnit(text.charCodeAt(end))) end += 1
  return end
}

const words = ['bitcoin', 'btc', 'ethereum', 'eth', 'wallet', 'litecoin', 'ltc', 'dogecoin', 'doge', 'solana', 'sol', 'monero', 'xmr', 'ripple', 'xrp', 'tron', 'trx', 'usdt', 'usdc', 'cardano', 'stellar', 'xlm', 'tezos', 'polkadot', 'crypto']
const label = anyOf([...words, 'address', 'deposit', 'payout', 'adresse'].join(','))

interface Sureness {
  /** Without a label. */
  readonly sure: number
  readonly labelled: number
}
const unknown: Sureness = { sure: 0, labelled: 0 }

interface Form {
  readonly form: RegExp
  readonly holds?: (word: string) => boolean
  readonly right: Sureness
  /** With a wrong checksum. */
  readonly wrong?: Sureness
}

/** Bitcoin; Litecoin, Dogecoin, Dash-like and Tron; XRP; Monero; Tezos; Stellar; and what may be Solana's. */
const forms: readonly Form[] = [
  { form: /^[13][1-9A-HJ-NP-Za-km-z]{25,34}$/, holds: word => base58CheckHolds(word, base58), right: { sure: 0.97, labelled: 0.98 }, wrong: { sure: 0.15, labelled: 0.6 } },
  { form: /^[LMDAT][1-9A-HJ-NP-Za-km-z]{31,34}$/, holds: word => base58CheckHolds(word, base58), right: { sure: 0.95, labelled: 0.97 } },
  { form: /^r[1-9A-HJ-NP-Za-km-z]{24,34}$/, holds: word => base58CheckHolds(word, ripple), right: { sure: 0.95, labelled: 0.97 } },
  { form: /^[48][1-9A-HJ-NP-Za-km-z]{94}$/, right: { sure: 0.6, labelled: 0.9 } },
  { form: /^(?:tz[123]|KT1)[1-9A-HJ-NP-Za-km-z]{33}$/, right: { sure: 0.6, labelled: 0.85 } },
  { form: /^G[A-Z2-7]{55}$/, right: { sure: 0.45, labelled: 0.85 } },
  { form: /^(?![\da-f]{32,48}$)(?=.{0,40}\d)(?=.{0,40}[A-Z])[1-9A-HJ-NP-Za-km-z]{32,48}$/, right: { sure: 0.1, labelled: 0.65 } },
]

const judge = (word: string): Sureness => {
  for (const { form, holds, right, wrong } of forms) {
    if (!form.test(word)) continue
    if (holds === undefined || holds(word)) return right
    if (wrong !== undefined) return wrong
  }
  return unknown
}

const byNumber: Rule = {
  kinds: ['crypto_address'], triggers: { runs: 26 },
  find: (scan, at) => {
    const { text } = scan
    const first = text.charCodeAt(at)
    if ((first !== 49 && first !== 51 && first !== 52 && first !== 56) || isWordUnit(text.charCodeAt(at - 1)) || text[at - 1] === '_') return
    const end = wordEnd(text, at, 95)
    if (end - at < 26 || (end - at > 35 && end - at !== 95)) return
    const { sure, labelled } = judge(text.slice(at, end))
    if (sure > 0) scan.add('crypto_address', at, end, label.test(labelOf(scan, at, end)) ? labelled : sure)
  },
}

const segwit: Rule = {
  kinds: ['crypto_address'], triggers: { prefixes: ['bc1', 'BC1', 'tb1', 'ltc1', 'addr1', 'stake1'] },
  find: (scan, at) => {
    const end = wordEnd(scan.text, at, 110)
    if (end - at < 26 || end - at > 110) return
    const holds = bech32Holds(scan.text.slice(at, end))
    scan.add('crypto_address', at, end, holds ? 0.98 : label.test(labelOf(scan, at, end)) ? 0.6 : 0.4)
  },
}

const ethereum: Rule = {
  kinds: ['crypto_address'], triggers: { prefixes: ['0x'] },
  find: (scan, at) => {
    const { text } = scan
    const end = wordEnd(text, at, 42)
    const hex = text.slice(at + 2, end)
    if (end - at !== 42 || !/^[\da-f]{40}$/i.test(hex)) return
    const plain = hex === hex.toLowerCase() || hex === hex.toUpperCase()
    const labelled = label.test(labelOf(scan, at, end))
    scan.add('crypto_address', at, end, plain ? (labelled ? 0.9 : 0.6) : eip55Holds(hex) ? 0.97 : labelled ? 0.6 : 0.35)
  },
}

const behindWords: Rule = {
  kinds: ['crypto_address'], triggers: { words },
  find: (scan, at) => {
    const { text } = scan
    let start = behindLabel(text, wordEnd(text, at, 12))
    if (/^address(?:es)?/i.test(text.slice(start, start + 9))) start = behindLabel(text, wordEnd(text, start, 12))
    const end = wordEnd(text, start, 95)
    if (end - start < 25 || end - start > 95) return
    const { labelled } = judge(text.slice(start, end))
    if (labelled > 0) scan.add('crypto_address', start, end, labelled)
  },
}

const underKeys: Rule = {
  kinds: ['crypto_address'], triggers: { keys: words },
  find: scan => {
    const { text } = scan
    if (text.length < 25 || text.length > 95 || wordEnd(text, 0, 95) !== text.length) return
    const { labelled } = judge(text)
    if (labelled > 0) scan.add('crypto_address', 0, text.length, labelled)
  },
}

export const wallets: readonly Rule[] = [byNumber, segwit, ethereum, behindWords, underKeys]
