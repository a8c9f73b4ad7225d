// One gateway's line to the shared state: every question has a bounded time, and while there is no answer nobody waits at all. It knows whether
// the other end is there, is who it was, and works with the same vault key.
import { Failure } from '../../exchange/failure.ts'
import { createClient, serversOf, type Client, type RedisTarget } from './client.ts'
import type { ScriptName } from './scripts.ts'
import { ForeignState, type KeyCommands, type SharedKeys } from './shared-keys.ts'

export interface LinkOptions {
  readonly target: RedisTarget
  readonly timeoutMs: number
  readonly keys: SharedKeys
  /** Told when it is lost (with the reason) and when it is there again (null). */
  readonly onChange: (problem: string | null) => void
}

/** What is tried again once Redis answers. */
interface Later { readonly work: () => Promise<void>; readonly until: number }

/** How often it is asked whether the other end is there and which keys it says. */
export const beatEveryMs = 1000
const beatWhileDownMs = 100
/** Below the time for which a lease that ended is remembered: what is sent twice within it counts once. */
const laterForMs = 300_000
const mostLater = 20_000

class Overdue extends Error {}

const within = <T>(asked: Promise<T>, timeoutMs: number): Promise<T> => new Promise((resolve, reject) => {
  const timer = setTimeout(() => { reject(new Overdue(`no answer within ${timeoutMs} ms`)) }, timeoutMs)
  asked.then(resolve, reject).finally(() => { clearTimeout(timer) })
})

const because = (error: unknown): string => error instanceof Error ? error.message : String(error)

const isOfScript = (error: unknown): boolean => error instanceof Error && /user_script|Error running script|Error compiling script/.test(error.message) && !/READONLY|MISCONF|OOM|NOREPLICAS|CLUSTERDOWN|UNBLOCKED|LOADING/.test(error.message)

export class RedisLink {
  readonly #options: LinkOptions
  readonly #client: Client
  readonly #commands: KeyCommands
  readonly #waiting = new Set<Promise<void>>()
  #later: Later[] = []
  #problem: string | null = 'the shared state (Redis) has not been reached yet'
  #beating: Promise<void> | null = null
  #timer: NodeJS.Timeout | null = null
  #missed = 0
  #closed = false
  /** Set while the state there belongs to another vault key. */
  #foreign: string | null = null

  constructor(options: LinkOptions) {
    this.#options = options
    const client = this.#client = createClient(options.target, options.timeoutMs)
    const asked = (script: keyof KeyCommands) => (...given: string[]): Promise<unknown> => within(client[script](...given), options.timeoutMs)
    this.#commands = { portcullisKeys: asked('portcullisKeys'), portcullisLead: asked('portcullisLead'), portcullisSwap: asked('portcullisSwap') }
    // Why it could not be reached is told by the next question.
    this.#client.on('error', () => undefined)
  }

  get problem(): string | null { return this.#problem }

  /** Resolves when it is there or known not to be. @throws Error where the vault key is another one */
  async open(): Promise<void> {
    // A first try that fails is no reason not to start: it goes on by itself, and readiness says so meanwhile.
    await within(this.#client.connect(), Math.max(this.#options.timeoutMs, 1000) + 1000).catch(() => undefined)
    await this.#beat()
    if (this.#foreign !== null) {
      await this.close()
      throw new Error(this.#foreign)
    }
    if (this.#problem !== null) this.#options.onChange(this.#problem)
    this.#next()
  }

  /** @throws Failure state.unavailable */
  async run(script: ScriptName, ...given: readonly (string | number)[]): Promise<unknown> {
    if (this.#problem !== null) throw this.#unavailable()
    try {
      return await within(this.#client[script](...given), this.#options.timeoutMs)
    } catch (error) {
      // What one question stumbles over says nothing about the others.
      if (isOfScript(error)) throw new Failure('gateway.bug', 'The shared state could not work with the question.', { cause: error })
      this.#lost(error)
      throw this.#unavailable()
    }
  }

  /** Rows of a list. @throws Failure state.unavailable */
  async rows(name: string): Promise<string[]> { return await this.#guarded(this.#client.lrange(name, 0, -1)) }

  /** Names of keys that fit a pattern, on every server that has some. @throws Failure state.unavailable */
  async *names(pattern: string): AsyncGenerator<string> {
    for (const server of serversOf(this.#client)) {
      let cursor = '0'
      do {
        const [next, found] = await this.#guarded(server.scan(cursor, 'MATCH', pattern, 'COUNT', 500))
        yield* found
        cursor = next
      } while (cursor !== '0')
    }
  }

  /** Fields of a hash with their values. Some may come twice. @throws Failure state.unavailable */
  async *fields(name: string): AsyncGenerator<readonly [field: string, value: string]> {
    let cursor = '0'
    do {
      const [next, found] = await this.#guarded(this.#client.hscan(name, cursor, 'COUNT', 100))
      for (let at = 0; at + 1 < found.length; at += 2) yield [found[at] ?? '', found[at + 1] ?? '']
      cursor = next
    } while (cursor !== '0')
  }

  /** Asks something about keys. @throws Failure state.unavailable */
  async withKeys<T>(work: (keys: SharedKeys, commands: KeyCommands) => Promise<T>): Promise<T> { return this.#guarded(work(this.#options.keys, this.#commands), null) }

  /** @param timeoutMs null: what is asked bounds its own time */
  async #guarded<T>(asked: Promise<T>, timeoutMs: number | null = this.#options.timeoutMs): Promise<T> {
    try {
      return await (timeoutMs === null ? asked : within(asked, timeoutMs))
    } catch (error) {
      if (error instanceof Failure) throw error
      this.#lost(error)
      throw this.#unavailable()
    }
  }

  /** Does it now, or as soon as Redis answers: for what nobody waits for. */
  soon(work: () => Promise<void>, until = Date.now() + laterForMs): void {
    const running = work().catch(() => {
      if (this.#later.length >= mostLater) this.#later.shift()
      this.#later.push({ work, until })
    }).finally(() => { this.#waiting.delete(running) })
    this.#waiting.add(running)
  }

  /** Waits for what is under way, a little. */
  async close(): Promise<void> {
    if (this.#closed) return
    await within(this.#drained(), this.#options.timeoutMs * 2).catch(() => undefined)
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#client.disconnect()
  }

  async #drained(): Promise<void> {
    while (this.#waiting.size > 0 || (this.#later.length > 0 && this.#problem === null)) {
      await Promise.all(this.#waiting)
      this.#catchUp()
    }
  }

  #unavailable(): Failure {
    return new Failure('state.unavailable', 'The shared state cannot be reached.', { retryAfterMs: 1000 })
  }

  #lost(error: unknown): void {
    if (this.#closed) return
    const known = this.#problem
    this.#problem = `the shared state (Redis) cannot be used: ${because(error)}`
    if (known === null) {
      this.#options.onChange(this.#problem)
      // Perhaps it was only this one answer: asked again at once.
      void this.#beat()
    }
  }

  #beat(): Promise<void> { return this.#beating ??= this.#ask().finally(() => { this.#beating = null }) }

  async #ask(): Promise<void> {
    try {
      await this.#verify()
      this.#missed = 0
      this.#found()
    } catch (error) {
      this.#lost(error)
      this.#missed += 1
      // A connection whose other end vanished without a word would be waited for until the system gives up on it.
      if (error instanceof Overdue && this.#missed % 5 === 0) this.#client.disconnect(true)
    }
  }

  async #verify(): Promise<void> {
    try {
      await this.#options.keys.verify(this.#commands)
      this.#foreign = null
    } catch (error) {
      if (error instanceof ForeignState) this.#foreign = error.message
      throw error
    }
  }

  #found(): void {
    const known = this.#problem
    this.#problem = null
    if (known !== null) this.#options.onChange(null)
    this.#catchUp()
  }

  #catchUp(): void {
    const later = this.#later
    if (later.length === 0) return
    this.#later = []
    for (const { work, until } of later) if (until > Date.now()) this.soon(work, until)
  }

  #next(): void {
    if (this.#closed) return
    this.#timer = setTimeout(() => {
      void this.#beat().finally(() => { this.#next() })
    }, this.#problem === null ? beatEveryMs : beatWhileDownMs).unref()
  }
}
