// GET and DELETE /v1/responses/{id}: responses that the gateway keeps itself. Those that a provider keeps are not fetched from there.
import { Failure } from '../exchange/failure.ts'
import type { ResponseBook } from '../exchange/kept-response.ts'
import type { Principal } from '../exchange/principal.ts'
import { ownerOf } from './session-of.ts'

export interface Wanted {
  readonly method: 'GET' | 'DELETE'
  readonly id: string
  /** Path and query as sent. */
  readonly url: string
}

/**
 * @throws Failure request.unknown_response, whether there is none or it is somebody else's; request.malformed where it is wanted as a stream
 */
export const serveKeptResponse = ({ id, method, url }: Wanted, principal: Principal, responses: ResponseBook): string => {
  if (/[?&]stream=true/.test(url)) throw new Failure('request.malformed', 'stream: a response that is over is not streamed again.', { detail: { field: 'stream', remedy: 'Leave stream out.' } })
  const owner = ownerOf(principal)
  const found = responses.find(owner, id)
  if (typeof found === 'string' || found.body === null) throw new Failure('request.unknown_response', `Response with id '${id}' not found.`, { detail: { field: 'response_id' } })
  if (method === 'GET') return found.body
  responses.forget(owner, id)
  return JSON.stringify({ id, object: 'response', deleted: true })
}
