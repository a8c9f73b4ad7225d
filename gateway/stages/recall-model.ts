// Was this very call answered before? The policy has decided it anew by now; what it may still see is asked again as well. A call that is
// sent again is then neither executed nor paid twice.
import { hash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { Failure } from '../exchange/failure.ts'
import { isCharged } from '../exchange/operation.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { IdempotencyBook, KeptAnswer, Noted } from '../pipeline/idempotency-book.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import { requireHeader } from '../surfaces/translate/losses.ts'
import type { DecidedModel } from './decide-model.ts'
import { respondFailure, type FailureRenderer } from './respond.ts'

/** An answer to give again, or where to note the first one; null for both: the caller sent no key. */
export interface Recalled { readonly earlier: KeptAnswer | null; readonly noted: Noted | null }

type X = Exchange<Runtime, ServerResponse>

const nothing: Recalled = { earlier: null, noted: null }
const longestKey = 255

const refused = (message: string, remedy?: string): Failure =>
  new Failure('request.idempotency', message, { detail: { field: 'idempotency-key', ...remedy === undefined ? {} : { remedy } } })

/** The caller's key, or null. @throws Failure request.malformed */
const keyOf = (x: X): string | null => {
  const given = x.request.headers['idempotency-key']
  if (typeof given !== 'string' || given === '') return null
  if (given.length > longestKey) throw new Failure('request.malformed', `idempotency-key: must be at most ${longestKey} characters`, { detail: { field: 'idempotency-key' } })
  return given
}

/** Headers by which the same bytes are another request. Others (what an SDK says of itself, the number of its try) change from try to try. */
const ofDialect = ['anthropic-version', 'anthropic-beta', 'openai-beta'] as const
const ofOurs = [requireHeader, 'x-portcullis-session'] as const

/** What was asked: the same under one key is the same call. */
const digestOf = ({ bytes, permit: { operation } }: DecidedModel, headers: X['request']['headers']): string =>
  hash('sha256', Buffer.concat([Buffer.from(`${operation.path}\n${JSON.stringify([...ofDialect.map(name => operation.headers[name] ?? null), ...ofOurs.map(name => headers[name] ?? null)])}\n`), bytes]))

const untilGone = (x: X, ended: Promise<unknown>): Promise<unknown> => new Promise((resolve, reject) => {
  x.onGone(reject)
  void ended.then(resolve)
})

/**
 * Finds the answer that this principal's key had, after waiting for it where it is under way.
 * @throws Failure request.idempotency | request.malformed | client.gone
 */
export const recallModel = async (x: X, decided: DecidedModel, book: IdempotencyBook): Promise<Recalled> => {
  const { idempotency: rules } = x.runtime.config
  const { operation, decision } = decided.permit
  const key = rules.enabled && isCharged(operation) ? keyOf(x) : null
  const { principal } = x.ledger
  if (key === null || principal === null) return nothing
  const asking = { principal, key, exchange: x.id, digest: digestOf(decided, x.request.headers), restore: JSON.stringify(decision.duties.restore) }
  for (;;) {
    const found = book.find(asking, { ttlMs: rules.ttl_s * 1000, maxEntries: rules.max_entries, maxBytes: rules.max_bytes })
    switch (found.kind) {
      case 'first':
        x.atEnd(() => { found.noted.drop() })
        if (rules.finish_abandoned) x.outlivesCaller()
        return { earlier: null, noted: found.noted }
      case 'running': await untilGone(x, found.ended); break
      case 'answered':
        if (found.answer.restore !== asking.restore) throw refused('The policy lets this caller see less, or more, than when this call was answered.', 'Send the request with a new Idempotency-Key.')
        return { earlier: found.answer, noted: null }
      case 'lost': throw refused(`This call was executed as exchange ${found.exchange}; its answer was too large to be kept.`, 'Send the request with a new Idempotency-Key to execute it once more.')
      case 'other': throw refused('This Idempotency-Key was used for another request.')
    }
  }
}

/** Gives an earlier answer again, as it was said. */
export const replayModel = (x: X, earlier: KeptAnswer, renderer: Pick<FailureRenderer, 'renderFailure'>): void => {
  const { ledger, response } = x
  ledger.replayedOf = earlier.exchange
  ledger.costUsd = 0
  for (const chunk of earlier.body) ledger.bytesOut += chunk.length
  x.record(earlier.status, null, error => {
    if (error !== undefined) {
      respondFailure(x, new Failure('audit.unavailable', 'The audit record could not be written.'), renderer)
      return
    }
    response.writeHead(earlier.status, {
      ...earlier.headers, 'x-portcullis-exchange': x.id, 'x-portcullis-trace': ledger.trace, 'x-portcullis-replayed': earlier.exchange,
      ...earlier.headers['x-portcullis-cost-usd'] === undefined ? {} : { 'x-portcullis-cost-usd': '0.00000000' },
    })
    for (const chunk of earlier.body) response.write(chunk)
    response.end()
  })
}
