// Keys in an address are kept in the logs of whoever it passes, and what stands in a query goes on to the provider: none is taken, in any dialect.
import { Failure } from '../exchange/failure.ts'

const secrets: ReadonlySet<string> = new Set(['key', 'api_key', 'api-key', 'access_token', 'oauth_token'])

/** @param url path and query as sent. @throws Failure auth.invalid */
export const refuseSecretsIn = (url: string): void => {
  const at = url.indexOf('?')
  if (at === -1) return
  for (const name of new URLSearchParams(url.slice(at + 1)).keys()) {
    if (secrets.has(name.toLowerCase())) throw new Failure('auth.invalid', 'A key in the address is not accepted.', { detail: { field: 'key', remedy: 'Send the gateway key in a header: Authorization, x-api-key or x-goog-api-key.' } })
  }
}
