// Reads streams for a while, several at once, and prints when each stamped delta came: a process of its own, beside the provider's.
// `node test/bench/stream/read-streams.ts '<JSON>'`. Its clock is the provider's clock: the machine's.
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ReadPlan, StreamTimes } from './streams.ts'
import { address, askings, placeholder, stampPattern } from './wires.ts'

const plan = JSON.parse(process.argv[2] ?? '{}') as ReadPlan
const asking = askings[plan.dialect]
if (asking === undefined) throw new Error(`no such dialect: ${plan.dialect}`)

const agent = new Agent({ keepAlive: true, maxSockets: plan.streams })
const nsPerMs = 1e6
const clockMs = (): number => Number(process.hrtime.bigint()) / nsPerMs

const noTimes = (): StreamTimes => ({ firstMs: [], delayMs: [], gapMs: [], chunkMs: [], streams: 0 })
const times = noTimes()
let serial = 0

/** Longer than a stamp and a placeholder together: what is cut at the end of a piece is looked for again with the next. */
const overlap = 64

class Reading {
  readonly #times: StreamTimes
  readonly #askedMs = clockMs()
  #rest = ''
  #text = ''
  #seen = 0
  readonly #cameMs: number[] = []
  readonly #sentMs: number[] = []
  #last: { readonly cameMs: number; readonly sentMs: number } | null = null

  constructor(times: StreamTimes) { this.#times = times }

  data(piece: string): void {
    const cameMs = clockMs()
    this.#cameMs.push(cameMs)
    this.#text += piece
    this.#rest += piece
    let end = 0
    for (const found of this.#rest.matchAll(stampPattern)) {
      end = found.index + found[0].length
      this.#note(cameMs, Number(found[1]) / nsPerMs)
    }
    this.#rest = this.#rest.slice(Math.max(end, this.#rest.length - overlap))
  }

  #note(cameMs: number, sentMs: number): void {
    // Responses say every text again when it is done.
    if (this.#last !== null && sentMs <= this.#last.sentMs) return
    if (this.#seen === 0) this.#times.firstMs.push(cameMs - this.#askedMs)
    this.#times.delayMs.push(cameMs - sentMs)
    if (this.#last !== null) this.#times.gapMs.push(cameMs - this.#last.cameMs - (sentMs - this.#last.sentMs))
    this.#last = { cameMs, sentMs }
    this.#sentMs.push(sentMs)
    this.#seen += 1
  }

  /** @throws when the stream is not the one that was asked for: a fast error is no fast stream */
  end(status: number | undefined): void {
    if (status !== 200 || this.#seen !== plan.deltas) throw new Error(`answered ${status} with ${this.#seen} deltas: ${this.#text.slice(0, 500)}`)
    if (plan.restores === true && (!this.#text.includes(address) || this.#text.includes(placeholder))) throw new Error(`nothing was restored: ${this.#text.slice(0, 500)}`)
    this.#noteChunks()
    this.#times.streams += 1
  }

  /** What came is due to the last write before it; a write that has been heard of is not counted again. */
  #noteChunks(): void {
    let next = 0
    for (const cameMs of this.#cameMs) {
      const heard = next
      while ((this.#sentMs[next] ?? Infinity) <= cameMs) next += 1
      if (next > heard) this.#times.chunkMs.push(cameMs - (this.#sentMs[next - 1] ?? Number.NaN))
    }
  }
}

const readOne = (into: StreamTimes): Promise<void> => new Promise((resolve, reject) => {
  const text = `Go on, number ${serial += 1}.${plan.hides ? ` Write to ${address}.` : ''}`
  const body = JSON.stringify(asking.body(plan.model, text, plan.deltas))
  const reading = new Reading(into)
  const asked = request(plan.url + asking.path(plan.model), {
    agent, method: 'POST', headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'anthropic-version': '2023-06-01', 'authorization': `Bearer ${plan.key}` },
  }, response => {
    response.setEncoding('utf8').on('data', (piece: string) => { reading.data(piece) }).on('error', reject).on('end', () => {
      try {
        reading.end(response.statusCode)
        resolve()
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)))
      }
    })
  })
  asked.on('error', reject).end(body)
})

/** Readers begin one after the other, so that they do not all speak at the same time. The first stream of each opens its connection and is not counted. */
const reader = async (at: number): Promise<void> => {
  await sleep(at * plan.deltas * 10 / plan.streams)
  await readOne(noTimes())
  const until = performance.now() + plan.durationMs
  do await readOne(times)
  while (performance.now() < until)
}

await Promise.all(Array.from({ length: plan.streams }, (_, at) => reader(at)))
agent.destroy()
console.log(JSON.stringify({ times }))
