// Who asks, and for whom? Answered from headers alone, before a body is read: a stranger must not buy buffering.
import type { IncomingHttpHeaders } from 'node:http'
import { Failure } from '../exchange/failure.ts'
import type { Principal } from '../exchange/principal.ts'

/** What authenticate needs of the configuration of this generation. */
export interface Keyring {
  /** Keyless callers are accepted: only ever true on a loopback listener without keys. */
  readonly keyless: boolean
  /** The principal of a presented key, or undefined. Expired keys are not found. */
  find(key: string): Principal | undefined
}

const local: Principal = Object.freeze({
  subject: Object.freeze({ id: 'local', tenant: 'local', groups: Object.freeze(['local']), method: 'none' as const }),
  agent: Object.freeze({ id: 'local', framework: null, enforced_egress: false, depth: 0, chain: Object.freeze([]) }),
  key: 'none',
})

const bearerOf = (header: string | undefined): string | undefined =>
  header !== undefined && header.slice(0, 7).toLowerCase() === 'bearer ' ? header.slice(7).trim() : undefined

const headerKey = (header: string | string[] | undefined): string | undefined => typeof header === 'string' ? header : undefined

/**
 * Reads the gateway key from `Authorization: Bearer`, `x-api-key` or `x-goog-api-key`; no other header says anything about identity, and no
 * address does: what stands there is kept in the logs of whoever it passes.
 * Clients often send two (a provider key left in one of them): the one that is ours counts, two different ones of ours are refused.
 * @throws Failure auth.missing | auth.invalid
 */
export const authenticate = (headers: IncomingHttpHeaders, keyring: Keyring): Principal => {
  if (keyring.keyless) return local
  const presented = [bearerOf(headers.authorization), headerKey(headers['x-api-key']), headerKey(headers['x-goog-api-key'])].filter(key => key !== undefined && key !== '')
  if (presented.length === 0) throw new Failure('auth.missing', 'No gateway key was sent.', { detail: { field: 'authorization' } })
  const found = presented.map(key => keyring.find(key as string)).filter(principal => principal !== undefined)
  const [first, ...others] = found
  if (first === undefined) throw new Failure('auth.invalid', 'The key is not known to this gateway, or has expired.', { detail: { field: 'authorization' } })
  if (others.some(({ key }) => key !== first.key)) {
    throw new Failure('auth.invalid', 'Authorization, x-api-key and x-goog-api-key name two different keys.', { detail: { field: 'authorization' } })
  }
  return first
}
