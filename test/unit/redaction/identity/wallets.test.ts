// Addresses of crypto currencies, by checksum or by label.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { keccak256 } from '../../../../gateway/redaction/detectors/identity/keccak.ts'
import { finds, found, sureness, usual } from './found.ts'

/** Published examples: the first block, BIP 173 and 350, EIP-55, and documentation of the others. */
const checked = [
  '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', '3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', 'BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4', 'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0',
  '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed', '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
]
const labelledOnly: readonly (readonly [label: string, value: string])[] = [
  ['XRP', 'rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh'], ['Litecoin', 'LVg2kJoFNg45Nbpy53h7Fe1wKyeXVRhMH9'],
  ['Solana wallet', '7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV'], ['Stellar', 'GABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFGHIJKLMNOPQRSTUVW'], ['Bitcoin address', '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb'], ['ETH', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD'],
]

describe('crypto addresses', () => {
  for (const value of checked) {
    test(`${value} is found anywhere`, () => {
      for (const text of [value, `send to ${value}.`, `"${value}"`, `wallet=${value},`, `https://explorer.example/address/${value}`]) assert.ok(finds(text, value, 'crypto_address'), `${text} ${JSON.stringify(found(text, null, 0.01))}`)
    })
    test(`${value} with another character is less sure`, () => {
      const wrong = value.slice(0, -1) + (value.endsWith('4') ? '5' : value.endsWith('D') || value.endsWith('d') ? 'b' : '4')
      assert.ok(sureness(`see ${wrong} there`, wrong, 'crypto_address') < Math.min(sureness(value, value, 'crypto_address'), 0.61))
    })
  }
  test('others are found behind their label and under their key', () => {
    for (const [label, value] of labelledOnly) {
      assert.ok(sureness(`see ${value} there`, value, 'crypto_address') < usual, value)
      for (const text of [`${label}: ${value}`, `my ${label} is ${value}.`]) assert.ok(finds(text, value, 'crypto_address'), `${text} ${JSON.stringify(found(text, null, 0.01))}`)
      assert.ok(finds(value, value, 'crypto_address', 'walletAddress'), value)
    }
  })
  test('the hash is that of Ethereum, not SHA-3', () => {
    assert.equal(keccak256(''), 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470')
    assert.equal(keccak256('abc'), '4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45')
  })
  for (const text of ['sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709', 'd41d8cd98f00b204e9800998ecf8427e', '0xdeadbeef', '0x7ffeefbff5c8', '550e8400-e29b-41d4-a716-446655440000', 'bc1', 'ETH is up 5 %', 'bitcoin fell to 12345678901234567890123456', 'wallet: leather, brown', '111111111111111111111111111111', 'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG', 'base58 3mJr7AoUXx2Wqd', `0x${'ab'.repeat(32)}`]) {
    test(`none is in: ${text}`, () => { assert.deepEqual(found(text).filter(({ kind }) => kind === 'crypto_address'), []) })
  }
})
