// The pseudonym vault: it survives, it cannot be read in the file, and it opens with its own key only.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { builtInKinds } from '../../../gateway/exchange/kinds.ts'
import { seal, unseal } from '../../../gateway/sessions/seal.ts'
import { openVaultKeys, VaultKeys } from '../../../gateway/sessions/vault-keys.ts'
import { SessionPseudonyms } from '../../../gateway/sessions/pseudonyms.ts'
import { memoryPseudonyms, testTokens } from '../redaction/memory-pseudonyms.ts'
import { scratchFolder } from '../../support/scratch-folder.ts'
import { benchFor, hour, keysOf, noLimits } from './open-store.ts'

const value = 'anna.invented@example.com'

describe('pseudonyms at rest', () => {
  test('a new store on the same file knows the values and continues the numbers, in the order in which they were first seen', t => {
    const bench = benchFor(t)
    const first = bench.open()
    const { pseudonyms } = first.load(keysOf('s1'), noLimits)
    const values = Array.from({ length: 12 }, (_, index) => `a${index}@example.com`)
    for (const one of values) pseudonyms.placeholder('email', one)
    pseudonyms.placeholder('card', '4111 1111 1111 1111')
    first.close()
    const again = bench.open().load(keysOf('s1'), noLimits).pseudonyms
    assert.deepEqual(again.entries.map(entry => entry.value), [...values, '4111 1111 1111 1111'])
    assert.equal(again.placeholder('email', 'a3@example.com'), '[EMAIL_4]')
    assert.equal(again.placeholder('email', 'new@example.com'), '[EMAIL_13]')
    assert.deepEqual(again.lookup('[CARD_1]')?.value, '4111 1111 1111 1111')
  })

  test('a pseudonym is in the file before it is used: a gateway that dies at once loses none', t => {
    const bench = benchFor(t)
    const { pseudonyms } = bench.open().load(keysOf('s1'), noLimits)
    pseudonyms.placeholder('email', value)
    // The store is neither closed nor given time; its rows are in the write-ahead log.
    assert.ok(readFileSync(`${bench.file}-wal`).includes('[EMAIL_1]'))
  })

  test('many pairs are kept in one step, and none of them where the step fails', t => {
    const bench = benchFor(t)
    const store = bench.open()
    const { pseudonyms } = store.load(keysOf('s1'), noLimits)
    pseudonyms.placeholder('email', value)
    pseudonyms.together?.(() => { for (let at = 0; at < 50; at += 1) pseudonyms.placeholder('email', `a${at}@example.com`) })
    assert.throws(() => pseudonyms.together?.(() => {
      pseudonyms.placeholder('email', 'lost@example.com')
      throw new Error('no more')
    }), /no more/)
    assert.equal(pseudonyms.lookup('[EMAIL_52]'), undefined)
    assert.equal(pseudonyms.size, 51)
    assert.equal(pseudonyms.placeholder('email', 'lost@example.com'), '[EMAIL_53]', 'what was given out is not given out again')
    store.close()
    const again = bench.open().load(keysOf('s1'), noLimits).pseudonyms
    assert.deepEqual(again.entries.map(entry => entry.value), pseudonyms.entries.map(entry => entry.value))
    assert.equal(again.lookup('[EMAIL_53]')?.value, 'lost@example.com')
  })

  test('values cannot be read in any byte of the files, open or closed', t => {
    const bench = benchFor(t)
    const store = bench.open()
    const { pseudonyms } = store.load(keysOf('s1'), noLimits)
    const secrets = ['4111 1111 1111 1111', value, 'a-value-in-utf8-ü']
    for (const one of secrets) pseudonyms.placeholder('api_key', one)
    store.commit(keysOf('s1'), { addLabels: { labels: ['pii'], sensitivity: 'internal' }, calls: 1 })
    const assertUnreadable = (): void => {
      const files = readdirSync(dirname(bench.file)).map(name => readFileSync(join(dirname(bench.file), name)))
      assert.ok(files.some(bytes => bytes.includes('[API_KEY_3]')), 'the row itself is there')
      for (const bytes of files) {
        for (const one of secrets) {
          for (const encoded of [Buffer.from(one), Buffer.from(one, 'utf16le'), Buffer.from(Buffer.from(one).toString('base64')), Buffer.from(Buffer.from(one).toString('hex'))]) {
            assert.equal(bytes.includes(encoded), false)
          }
        }
        assert.equal(bytes.includes(bench.vaultKeys.current), false)
      }
    }
    assertUnreadable()
    store.close()
    assertUnreadable()
  })

  test('another key is refused at the start, with the file and the remedy in the message and no value', t => {
    const bench = benchFor(t)
    const store = bench.open()
    store.load(keysOf('s1'), noLimits).pseudonyms.placeholder('email', value)
    store.close()
    assert.throws(() => bench.open({ vaultKeys: new VaultKeys(randomBytes(32)) }), (error: unknown) => {
      assert.ok(error instanceof Error)
      assert.match(error.message, /sessions\.db was written with another vault key.*vault\.key/)
      assert.ok(!error.message.includes(value))
      return true
    })
    // The refusal let go of the file and changed nothing.
    assert.equal(bench.open().load(keysOf('s1'), noLimits).pseudonyms.lookup('[EMAIL_1]')?.value, value)
  })

  test('two stores on one file: the second is refused', t => {
    const bench = benchFor(t)
    bench.open()
    assert.throws(() => bench.open(), /sessions\.db cannot be opened.*another gateway/)
  })

  test('a file that is no database is refused by its name', t => {
    const bench = benchFor(t)
    writeFileSync(bench.file, 'not a database, but long enough to be looked at as one. '.repeat(40))
    assert.throws(() => bench.open(), /sessions\.db cannot be opened/)
  })

  test('a session forgets its vault when nobody used it for its time, and starts to count anew', t => {
    const bench = benchFor(t)
    const store = bench.open()
    const first = store.load(keysOf('s1'), noLimits)
    first.pseudonyms.placeholder('email', value)
    bench.nowMs += hour
    assert.equal(store.load(keysOf('s1'), noLimits).pseudonyms.size, 1, 'exactly its time is not over it')
    bench.nowMs += hour + 1
    const later = store.load(keysOf('s1'), noLimits)
    assert.deepEqual([later.pseudonyms.size, later.startedAt], [0, bench.nowMs])
    assert.equal(later.pseudonyms.placeholder('email', 'bert@example.com'), '[EMAIL_1]')
  })

  test('what was forgotten does not come back after a restart', t => {
    const bench = benchFor(t)
    // With room for one session the other one lives in the file only, and expires there.
    const store = bench.open({ maxSessions: 1 })
    const { pseudonyms } = store.load(keysOf('s1'), noLimits)
    for (const one of ['1@example.com', '2@example.com']) pseudonyms.placeholder('email', one)
    store.commit(keysOf('s1'), { addLabels: { labels: ['old'], sensitivity: 'restricted' } })
    store.load(keysOf('s2'), noLimits)
    bench.nowMs += hour + 1
    store.load(keysOf('s1'), noLimits).pseudonyms.placeholder('email', 'new@example.com')
    store.close()
    bench.nowMs += 1
    const again = bench.open({ labelTtlMs: 1 }).load(keysOf('s1'), noLimits)
    assert.deepEqual(again.pseudonyms.entries.map(entry => entry.value), ['new@example.com'])
    assert.deepEqual(again.labels.labels, [])
  })

  test('sessions that nobody asks for any more leave the file while others are served', t => {
    const bench = benchFor(t)
    const store = bench.open()
    store.load(keysOf('abandoned'), noLimits).pseudonyms.placeholder('email', value)
    bench.nowMs += 2 * hour
    store.load(keysOf('busy'), noLimits).pseudonyms.placeholder('email', 'bert@example.com')
    store.close()
    // An older clock makes the store believe every session: what is gone now was gone from the file.
    bench.nowMs -= 2 * hour
    const again = bench.open()
    assert.equal(again.load(keysOf('abandoned'), noLimits).pseudonyms.size, 0)
    assert.equal(again.load(keysOf('busy'), noLimits).pseudonyms.size, 1)
  })

  test('a session that is read again and again stays, also in the file', t => {
    const bench = benchFor(t)
    const store = bench.open()
    store.load(keysOf('s1'), noLimits).pseudonyms.placeholder('email', value)
    // Less than a second apart, so that no single use is worth writing.
    for (let use = 0; use < 3 * 3600; use += 1) {
      bench.nowMs += 900
      store.load(keysOf('s1'), noLimits)
    }
    store.close()
    assert.equal(bench.open().load(keysOf('s1'), noLimits).pseudonyms.size, 1)
  })
})

describe('what leaves memory', () => {
  test('a session that comes back from the file counts as used from then on, also after a restart', t => {
    const bench = benchFor(t)
    const store = bench.open({ maxSessions: 1 })
    store.load(keysOf('s1'), noLimits).pseudonyms.placeholder('email', value)
    store.load(keysOf('s2'), noLimits)
    bench.nowMs += 0.9 * hour
    store.load(keysOf('s1'), noLimits)
    store.close()
    bench.nowMs += 0.9 * hour
    assert.equal(bench.open().load(keysOf('s1'), noLimits).pseudonyms.size, 1)
  })

  test('the session that was used least recently goes first, and comes back from the file', t => {
    const bench = benchFor(t)
    const store = bench.open({ maxSessions: 2 })
    const [one, two] = [store.load(keysOf('s1'), noLimits), store.load(keysOf('s2'), noLimits)]
    one.pseudonyms.placeholder('email', 'one@example.com')
    two.pseudonyms.placeholder('email', 'two@example.com')
    store.commit(keysOf('s2'), { calls: 3, spendUsd: 0.5 })
    for (let use = 0; use < 4; use += 1) {
      bench.nowMs += 600
      store.load(keysOf('s1'), noLimits)
    }
    store.load(keysOf('s3'), noLimits)
    assert.equal(store.load(keysOf('s1'), noLimits).pseudonyms, one.pseudonyms, 's1 is still the object in memory')
    const again = store.load(keysOf('s2'), noLimits)
    assert.notEqual(again.pseudonyms, two.pseudonyms)
    assert.deepEqual([again.pseudonyms.lookup('[EMAIL_1]')?.value, again.calls, again.spendUsd], ['two@example.com', 3, 0.5])
  })
})

describe('sealing', () => {
  const key = randomBytes(32)

  test('any text comes back, and two seals of one text differ', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, bound) => {
      assert.equal(unseal(key, bound, seal(key, bound, text)).toString(), text)
      assert.notDeepEqual(seal(key, bound, text), seal(key, bound, text))
    }))
  })

  test('another key, another place or a changed byte opens nothing', () => {
    const sealed = seal(key, 'session [EMAIL_1]', value)
    assert.throws(() => unseal(randomBytes(32), 'session [EMAIL_1]', sealed))
    assert.throws(() => unseal(key, 'other [EMAIL_1]', sealed))
    assert.throws(() => unseal(key, 'session [EMAIL_2]', sealed))
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed)
      changed[at]! ^= 1
      assert.throws(() => unseal(key, 'session [EMAIL_1]', changed), `byte ${at}`)
    }
    // Nothing but a tag: cut to a length that the cipher would take for a shorter tag.
    for (const length of [27, 26, 25, 24, 20, 16, 12]) assert.throws(() => unseal(key, 'bound', seal(key, 'bound', '').subarray(0, length)), `${length} bytes`)
  })

  test('the key file is made once, for its owner only, and read again', t => {
    const folder = scratchFolder(t)
    const made = openVaultKeys(folder)
    assert.deepEqual([made.current.length, made.previous], [32, []])
    assert.deepEqual(openVaultKeys(folder), made)
    assert.ok(existsSync(join(folder, 'vault.key')))
    assert.equal(statSync(join(folder, 'vault.key')).mode & 0o077, 0)
  })

  test('a key file of another length is refused by its name', t => {
    const folder = scratchFolder(t)
    for (const content of ['', '\n', 'short', randomBytes(31).toString('base64'), randomBytes(33).toString('base64')]) {
      writeFileSync(join(folder, 'vault.key'), content)
      assert.throws(() => openVaultKeys(folder), (error: unknown) => error instanceof Error && /vault\.key must hold 32 bytes/.test(error.message) && (content === '' || !error.message.includes(content)))
    }
  })
})

describe('placeholders', () => {
  test('every kind has one that is at most 24 characters long, even as number 999999', () => {
    for (const kind of builtInKinds) {
      const stem = memoryPseudonyms().placeholder(kind, 'x').slice(1, -3)
      const late = memoryPseudonyms([{ placeholder: `[${stem}_999998]`, kind, value: 'y' }]).placeholder(kind, 'x')
      assert.equal(late, `[${stem}_999999]`)
      assert.ok(late.length <= 24)
    }
  })

  test('a pair that could not be kept is not used', () => {
    let refuses = true
    const pseudonyms = new SessionPseudonyms([], () => { if (refuses) throw new Error('disk full') }, testTokens)
    assert.throws(() => pseudonyms.placeholder('email', value), /disk full/)
    assert.deepEqual([pseudonyms.size, pseudonyms.lookup('[EMAIL_1]')], [0, undefined])
    refuses = false
    assert.equal(pseudonyms.placeholder('email', value), '[EMAIL_1]')
  })
})
