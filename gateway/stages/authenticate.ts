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

/**
 * Reads the gateway key from `Authorization: Bearer` or `x-api-key`; no other header says anything about identity.
 * Clients often send both (a provider key left in one of them): the one that is ours counts, two different ones of ours are refused.
 * @throws Failure auth.missing | auth.invalid
 */
export const authenticate = (headers: IncomingHttpHeaders, keyring: Keyring): Principal => {
  if (keyring.keyless) return local
  const bearer = bearerOf(headers.authorization)
  const apiKey = headers['x-api-key']
  const presented = [bearer, typeof apiKey === 'string' ? apiKey : undefined].filter(key => key !== undefined && key !== '')
  if (presented.length === 0) throw new Failure('auth.missing', 'No gateway key was sent.', { detail: { field: 'authorization' } })
  const found = presented.map(key => keyring.find(key as string)).filter(principal => principal !== undefined)
  const [first, second] = found
  if (first === undefined) throw new Failure('auth.invalid', 'The key is not known to this gateway, or has expired.', { detail: { field: 'authorization' } })
  if (second !== undefined && second.key !== first.key) {
    throw new Failure('auth.invalid', 'Authorization and x-api-key name two different keys.', { detail: { field: 'x-api-key' } })
  }
  return first
}
