// A batch of revision 2025-03-26 becomes one exchange per message, each decided, recorded and traced as if it had come alone. What is left
// of the batch is that they share a response.
import type { Principal } from '../exchange/principal.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import { BatchReply } from '../surfaces/mcp/batch-reply.ts'
import type { ReceivedBatch } from './mcp-received.ts'

/** Messages under way at once: more would let one body take every place. A key with fewer places uses those. */
const mostLanes = 8

/** Serves every message in its order, some at a time. The batch itself is recorded when they begin: it holds no place among them. */
export const serveBatch = (
  exchange: Exchange<Runtime>, principal: Principal, { texts }: ReceivedBatch, serve: (element: Exchange<Runtime>) => Promise<void>,
): Promise<void> => new Promise((resolve, reject) => {
  exchange.record(200, null, error => {
    if (error !== undefined) {
      exchange.response.destroy()
      resolve()
      return
    }
    const reply = new BatchReply(exchange.response, texts.length, { 'x-portcullis-exchange': exchange.id })
    const waiting = texts.values()
    const lane = async (): Promise<void> => {
      for (const text of waiting) {
        if (reply.isGone) return
        await serve(exchange.part(text, reply.element()))
      }
    }
    const lanes = Math.min(mostLanes, exchange.runtime.admission.limitsOf(principal.key)?.concurrency ?? mostLanes)
    Promise.all(Array.from({ length: lanes }, lane)).then(() => { resolve() }, reject)
  })
})
