// The OAuth parts of the MCP SDK, loaded when the first server asks for a login: most gateways start without, and an SDK is not small.
import type * as Sdk from '@modelcontextprotocol/client'

export const oauthSdk = (): Promise<typeof Sdk> => import('@modelcontextprotocol/client')
