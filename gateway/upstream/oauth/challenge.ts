// What a server says when it turns a request away for lack of rights: RFC 6750 and RFC 9728, in WWW-Authenticate.
import type { Answer } from '../../exchange/answer.ts'
import { oauthSdk } from './sdk.ts'

export interface Challenge {
  /** `login`: no token, or a useless one (401). `scope`: the token is fine and may not do this (403). */
  readonly wants: 'login' | 'scope'
  readonly scope: string | null
  readonly metadataUrl: string | null
}

const longestScope = 2000

/** Null for refusals that no login would change. */
export const challengeOf = async ({ status, headers }: Pick<Answer, 'status' | 'headers'>): Promise<Challenge | null> => {
  if (status !== 401 && status !== 403) return null
  const { extractWWWAuthenticateParams } = await oauthSdk()
  const header = headers['www-authenticate'] ?? ''
  const { error, resourceMetadataUrl, scope } = extractWWWAuthenticateParams(new Response(null, { headers: { 'www-authenticate': header } }))
  if (status === 403 && error !== 'insufficient_scope') return null
  return {
    wants: status === 401 ? 'login' : 'scope', metadataUrl: resourceMetadataUrl?.href ?? null,
    scope: scope !== undefined && scope.length <= longestScope ? scope : null,
  }
}
