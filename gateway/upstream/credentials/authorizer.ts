// Puts a provider's credential on a request at the moment it is sent. What was handed out is kept for as long as the configuration that
// names it is in force.
import type { Authorizer, AuthorizedRequest, AwsKeys, Credential } from '../../exchange/credential.ts'
import { askToken, type Means } from './access-token.ts'
import { askAwsKeys } from './aws-keys.ts'
import { Perishable } from './perishable.ts'
import { signV4 } from './sigv4.ts'

const none = Object.freeze({})
const bearer = (token: string): Readonly<Record<string, string>> => ({ authorization: `Bearer ${token}` })

/** @returns one for the life of the process: credentials are objects of one generation of the configuration, and what they got is forgotten with them */
export const createAuthorizer = (means: Means): Authorizer => {
  const tokens = new WeakMap<Credential, Perishable<string>>()
  const keys = new WeakMap<Credential, Perishable<AwsKeys>>()
  const tokenOf = (credential: Extract<Credential, { kind: 'token' }>): string | Promise<string> => {
    let known = tokens.get(credential)
    if (known === undefined) tokens.set(credential, known = new Perishable(() => askToken(credential.source, credential.provider, means), means.clock))
    return known.get()
  }
  const keysOf = (credential: Extract<Credential, { kind: 'aws' }>): AwsKeys | Promise<AwsKeys> => {
    if (credential.source.kind === 'keys') return credential.source.keys
    let known = keys.get(credential)
    if (known === undefined) keys.set(credential, known = new Perishable(() => askAwsKeys(credential.source, credential.provider, means), means.clock))
    return known.get()
  }
  const signed = (request: AuthorizedRequest, given: AwsKeys, region: string): Readonly<Record<string, string>> =>
    signV4(request, given, { region, service: 'bedrock', atMs: means.clock() })
  return {
    refused: credential => {
      tokens.get(credential)?.refused()
      keys.get(credential)?.refused()
    },
    authorize: (credential, request) => {
      switch (credential.kind) {
        case 'none': return none
        case 'headers': return credential.headers
        case 'token': {
          const token = tokenOf(credential)
          return typeof token === 'string' ? bearer(token) : token.then(bearer)
        }
        case 'aws': {
          const given = keysOf(credential)
          return given instanceof Promise ? given.then(one => signed(request, one, credential.region)) : signed(request, given, credential.region)
        }
      }
    },
  }
}
