// The keys of a shared state. Gateways have rings that need not be the same while a key is being changed: the one that all of them seal with is
// the one that the state says, until one gateway moves it on in one step. Where two bring different new keys at once one of them is told no, and
// what is sealed stays readable for the other. The state's own stable keys are kept beside it.
import { Failure } from '../../exchange/failure.ts'
import { newStableKey, openStableKey, sealStableKey, stableKeyNames, type Sealing, type StableKeyName } from '../stable-keys.ts'
import type { Opened, OpenedBytes, VaultKeys } from '../vault-keys.ts'

export interface SharedKeysOptions {
  readonly prefix: string
  readonly ring: VaultKeys
  /** `state.hash_key`, or null: then it is the state's own. */
  readonly hashKey: Buffer | null
  /** Told when the state holds another hash key than the one that the configuration gives. */
  readonly onOtherHashKey: () => void
}

/** The two scripts that are asked, with whatever time limit. */
export interface KeyCommands {
  portcullisKeys(...given: string[]): Promise<unknown>
  portcullisSwap(...given: string[]): Promise<unknown>
  portcullisLead(...given: string[]): Promise<unknown>
}

const keyCheck = 'key check'

/** The state belongs to somebody else's key, or to one that another gateway brought. */
export class ForeignState extends Error {}

const lost = (): Failure => new Failure('state.unavailable', 'Another gateway changed the keys of the shared state at the same time.', {
  detail: { remedy: 'Give all gateways the same state.vault_key (the one before it goes in state.previous_vault_keys), then try again.' },
})

export class SharedKeys implements Sealing {
  readonly #options: SharedKeysOptions
  readonly #checkName: string
  readonly #keysName: string
  readonly #stable = new Map<StableKeyName, { readonly text: string; readonly key: Buffer }>()
  /** The ring, led by the key that the state says. */
  #agreed: VaultKeys
  /** Sealed text that was opened last. */
  #check = ''
  #given = false
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: SharedKeysOptions) {
    this.#options = options
    this.#agreed = options.ring
    this.#checkName = `${options.prefix}:{budgets}:key`
    this.#keysName = `${options.prefix}:{budgets}:keys`
  }

  seal(bound: string, text: string | Uint8Array): Buffer { return this.#agreed.seal(bound, text) }

  open(bound: string, sealed: Uint8Array): Opened { return this.#agreed.open(bound, sealed) }

  openBytes(bound: string, sealed: Uint8Array): OpenedBytes { return this.#agreed.openBytes(bound, sealed) }

  /** @throws Failure state.unavailable while the state was never reached */
  stable(name: StableKeyName): Buffer {
    const given = name === 'hash' ? this.#options.hashKey : null
    const key = given ?? this.#stable.get(name)?.key
    if (key === undefined) throw new Failure('state.unavailable', 'The shared state has not been reached yet.', { retryAfterMs: 1000 })
    return key
  }

  /** Reads what the state says, and says it where nothing is there yet. @throws ForeignState, what the commands throw */
  verify(commands: KeyCommands): Promise<void> {
    return this.#alone(async () => {
      await this.#read(commands)
      await this.#give(commands)
    })
  }

  /**
   * Makes the first key of the ring the one that everybody seals with.
   * @returns false where it was already. @throws Failure state.unavailable where another gateway brought another key first
   */
  lead(commands: KeyCommands): Promise<boolean> {
    return this.#alone(async () => {
      const { ring } = this.#options
      const [now] = await this.#ask(commands, '')
      if (!this.#opens(now)) throw lost()
      this.#agree(now)
      if (this.#agreed.current.equals(ring.current)) return false
      const check = this.#sealedCheck(ring)
      // Somebody else was faster: with the same key that is as good, with another one it is too late for this one.
      if (await commands.portcullisLead(this.#checkName, now, check) !== 1) throw lost()
      this.#agree(check)
      return true
    })
  }

  /** Seals the stable keys with the key that leads. @throws ForeignState, what the commands throw */
  reseal(commands: KeyCommands): Promise<void> {
    return this.#alone(async () => {
      await this.#read(commands)
      for (const [name, { key, text }] of this.#stable) {
        if (openStableKey(this.#agreed, name, Buffer.from(text, 'base64')).isOld) await this.#swap(commands, name, text, key)
      }
    })
  }

  /** @throws Failure state.unavailable where another gateway did it at the same time */
  rotateHash(commands: KeyCommands): Promise<void> {
    return this.#alone(async () => {
      const known = this.#stable.get('hash')
      if (known === undefined || !await this.#swap(commands, 'hash', known.text, newStableKey())) throw lost()
    })
  }

  /** One after the other: an answer from before a change must not undo it here. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined)
    return done
  }

  async #read(commands: KeyCommands): Promise<void> {
    const [check, flat] = await this.#ask(commands, '')
    this.#agree(check === '' ? (await this.#ask(commands, this.#sealedCheck(this.#agreed)))[0] : check)
    const missing = stableKeyNames.filter(name => !flat.includes(name))
    this.#learn(missing.length === 0 ? flat : (await this.#ask(commands, '', ...missing.flatMap(name => [name, this.#proposed(name)])))[1])
  }

  async #ask(commands: KeyCommands, ...candidates: string[]): Promise<readonly [check: string, flat: readonly string[]]> {
    return await commands.portcullisKeys(this.#checkName, this.#keysName, ...candidates) as [string, string[]]
  }

  #sealedCheck(ring: VaultKeys): string { return ring.seal(keyCheck, keyCheck).toString('base64') }

  #opens(check: string): boolean {
    try {
      this.#options.ring.open(keyCheck, Buffer.from(check, 'base64'))
      return true
    } catch {
      return false
    }
  }

  #agree(check: string): void {
    if (check === this.#check) return
    if (!this.#opens(check)) {
      throw new ForeignState(`the shared state under the prefix "${this.#options.prefix}" is used with another vault key: give all gateways the same state.vault_key (the one before it goes in state.previous_vault_keys), or another prefix`)
    }
    this.#agreed = this.#options.ring.ledBy(keyCheck, Buffer.from(check, 'base64'))
    this.#check = check
  }

  /** What a state that lost everything is given back, where it is known here. */
  #proposed(name: StableKeyName): string {
    const given = name === 'hash' ? this.#options.hashKey : null
    return sealStableKey(this.#agreed, name, given ?? this.#stable.get(name)?.key ?? newStableKey()).toString('base64')
  }

  #learn(flat: readonly string[]): void {
    for (const name of stableKeyNames) {
      const text = flat[flat.indexOf(name) + 1] ?? ''
      if (this.#stable.get(name)?.text === text) continue
      const { key } = openStableKey(this.#agreed, name, Buffer.from(text, 'base64'))
      if (name === 'hash' && this.#given && this.#options.hashKey?.equals(key) === false) this.#options.onOtherHashKey()
      this.#stable.set(name, { text, key })
    }
  }

  /** A hash key that the configuration gives takes the place of what is there, once: a gateway that has none takes it over. */
  async #give(commands: KeyCommands): Promise<void> {
    const { hashKey } = this.#options
    const known = this.#stable.get('hash')
    if (hashKey === null || this.#given || known === undefined) return
    if (!hashKey.equals(known.key)) await this.#swap(commands, 'hash', known.text, hashKey)
    this.#given = true
  }

  async #swap(commands: KeyCommands, name: StableKeyName, before: string, key: Buffer): Promise<boolean> {
    const text = sealStableKey(this.#agreed, name, key).toString('base64')
    if (await commands.portcullisSwap(this.#keysName, name, before, text) !== 1) return false
    this.#stable.set(name, { text, key })
    return true
  }
}
