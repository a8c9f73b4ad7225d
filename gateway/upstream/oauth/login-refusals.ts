// What a caller reads when a server turns the gateway away: what is missing, and who can do what about it.
import { Failure } from '../../exchange/failure.ts'
import type { Challenge } from './challenge.ts'
import type { LoginTarget } from './login-target.ts'

export const loginNeeded = ({ server, oauth }: LoginTarget, { wants }: Challenge): Failure =>
  new Failure('upstream.refused', wants === 'login' ? `MCP server "${server}" needs a login of the gateway.` : `MCP server "${server}" needs a new login of the gateway, with more rights.`, {
    detail: {
      server, upstreamStatus: wants === 'login' ? 401 : 403,
      remedy: oauth?.grant === 'client_credentials' ? 'Correct the client credentials of the server in the configuration.' : `An operator connects it with: portcullis servers login ${server}`,
    },
  })

export const insufficient = ({ server }: LoginTarget): Failure =>
  new Failure('upstream.refused', `MCP server "${server}" wants rights that the gateway has asked for already and was not given or that do not help.`, {
    detail: { server, upstreamStatus: 403, remedy: 'Have the rights granted at the authorization server; another login alone changes nothing.' },
  })

export const notRenewed = (server: string, retryAfterMs: number): Failure =>
  new Failure('upstream.connect', `The login at MCP server "${server}" could not be renewed; it is tried again.`, { detail: { server }, retryAfterMs })
