// Labels that outlast sessions, and what operators see and take off, in the Redis that several gateways share.
import { sensitivityRank } from '../../exchange/labels.ts'
import type { HeldLabels, LabelRemoval, LastingLabel, SessionKeys } from '../../exchange/session.ts'
import type { RedisLink } from './link.ts'

const holders = ['agent', 'subject'] as const

export class SharedLasting {
  readonly #link: RedisLink
  readonly #prefix: string
  readonly #now: () => string

  constructor(link: RedisLink, prefix: string, now: () => string) {
    this.#link = link
    this.#prefix = prefix
    this.#now = now
  }

  async at(keys: SessionKeys): Promise<HeldLabels['lasting']> {
    const found = await Promise.all(holders.map(async of => {
      const flat = await this.#link.run('portcullisLasting', this.#nameOf(keys, of), this.#now()) as string[]
      return flat.flatMap((label, at) => at % 2 === 0 ? [{ label, of, until: Number(flat[at + 1]) }] : [])
    }))
    return found.flat()
  }

  async put(keys: SessionKeys, labels: readonly LastingLabel[]): Promise<void> {
    await Promise.all(holders.map(async of => {
      const own = labels.filter(one => one.of === of)
      if (own.length > 0) await this.#link.run('portcullisPutLasting', this.#nameOf(keys, of), this.#now(), ...own.flatMap(({ forMs, label }) => [label, Math.ceil(forMs)]))
    }))
  }

  /** @param names of session and agent, which are in one slot */
  async remove(keys: SessionKeys, names: readonly [session: string, agent: string], { labels, lasting, lowerTo }: LabelRemoval): Promise<void> {
    await this.#link.run('portcullisRemoveLabels', ...names, lowerTo === null ? -1 : sensitivityRank(lowerTo), ...labels)
    if (lasting && labels.length > 0) await Promise.all(holders.map(of => this.#link.run('portcullisRemoveLasting', this.#nameOf(keys, of), ...labels)))
  }

  #nameOf(keys: SessionKeys, of: 'agent' | 'subject'): string { return `${this.#prefix}:{${of} ${keys[of]}}:lasting` }
}
