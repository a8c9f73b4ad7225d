// A request may go on from an earlier response. Where the gateway keeps that conversation, it becomes part of the request before anything
// looks into it; where a provider does, only that provider may answer.
import { spliceBytes } from '../exchange/document.ts'
import { Failure } from '../exchange/failure.ts'
import type { KeptResponse, ResponseBook } from '../exchange/kept-response.ts'
import type { HeldElsewhere, ModelOperation } from '../exchange/operation.ts'
import type { Principal } from '../exchange/principal.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import type { ModelSurface } from '../surfaces/model-surface.ts'
import type { BodyReader, ReceivedModel } from './receive-model.ts'
import { ownerOf } from './session-of.ts'

/** Where in a conversation a request stands. */
export interface Continued {
  /** Session of the response that it goes on from, or null. */
  readonly session: string | null
  /** What was said before, and what the caller says now: texts of items. */
  readonly items: readonly string[]
}

export interface ResumeParts {
  readonly responses: ResponseBook
  readonly readBody: BodyReader
}

/** What is not there and what is somebody else's are told alike. */
export const unknownPrevious = (id: string): Failure =>
  new Failure('request.previous_response', `Previous response with id '${id.slice(0, 128)}' not found.`, { detail: { field: 'previous_response_id' } })

const findPrevious = (held: HeldElsewhere | null, owner: string, { config }: Runtime, responses: ResponseBook): KeptResponse | null => {
  if (held?.field !== 'previous_response_id') return null
  const found = responses.find(owner, held.id)
  if (found === 'foreign' || (found === 'unknown' && config.responses.unknown_ids === 'refuse')) throw unknownPrevious(held.id)
  return found === 'unknown' ? null : found
}

const tooLarge = (limit: number): Failure =>
  new Failure('request.too_large', `The request is larger than ${limit} bytes with the conversation that it goes on from.`, { detail: { field: 'previous_response_id', limit } })

/** With where it is kept and how long it is, as far as that is known: the provider counts the whole conversation as input. */
const keptBy = (operation: ModelOperation, held: HeldElsewhere | null, previous: KeptResponse | null): ModelOperation => {
  if (held === null || previous === null) return { ...operation, held }
  return { ...operation, held: { ...held, provider: previous.provider }, needs: { ...operation.needs, inputTokens: operation.needs.inputTokens + previous.tokens } }
}

/** @throws Failure request.previous_response | request.malformed | request.too_large */
export const resumeResponse = (
  exchange: Exchange<Runtime>, principal: Principal, received: ReceivedModel, surface: ModelSurface, { readBody, responses }: ResumeParts,
): ReceivedModel => {
  if (surface.resume === undefined) return received
  const { operation } = received
  const { request, runtime } = exchange
  const owner = ownerOf(principal)
  const held = operation.held ?? null
  const previous = findPrevious(held, owner, runtime, responses)
  const isOurs = previous !== null && previous.provider === null
  const limit = runtime.config.limits.body_bytes
  let characters = 0
  // Counted before it is put together: one short name may stand for a long text, and may be sent any number of times.
  const counted = (text: string): string => {
    characters += text.length
    if (characters > limit) throw tooLarge(limit)
    return text
  }
  const { edits, own } = surface.resume(operation.document, {
    items: () => isOurs ? previous.items.map(counted) : null,
    item: id => {
      const text = responses.item(owner, id)
      return text === null ? null : counted(text)
    },
  })
  const continued: Continued = { session: previous?.session ?? null, items: [...previous?.items ?? [], own] }
  if (edits.length === 0) return { ...received, continued, operation: keptBy(operation, held, previous) }
  const bytes = spliceBytes(operation.document, edits)
  if (bytes.length > limit) throw tooLarge(limit)
  const { digest, document } = readBody(bytes, { maxDepth: runtime.config.limits.json_depth })
  const whole = surface.read(operation.name, operation.path, request.headers, document)
  return { ...received, bytes, digest, continued, operation: isOurs ? { ...whole, previous: held?.id ?? null } : keptBy(whole, held, previous) }
}
