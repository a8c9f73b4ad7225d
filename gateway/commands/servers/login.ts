// Connects an MCP server that wants a login: the running gateway starts it, the operator goes through it in a browser, and this waits.
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { showWord } from '../../../registry/show-text.ts'
import { adminApi } from '../admin-api.ts'
import type { Command } from '../command.ts'
import { onlyWord } from './approved-servers.ts'

// As a URL parser writes it there is nothing in it that a terminal would obey.
const startedSchema = z.object({ authorization_url: z.url({ protocol: /^https?$/ }).transform(url => new URL(url).href), expires: z.string() })
const stateSchema = z.object({ since: z.string().nullable(), awaiting: z.boolean(), issuer: z.string().nullable(), scope: z.string().nullable() })

const pollMs = 500

/** Resolves to 0 once the gateway is logged in. */
export const serversLogin: Command = async options => {
  const server = onlyWord(options, 'login <server>')
  const asking = adminApi(options)
  const ask = (method: 'GET' | 'POST'): Promise<unknown> => asking(method, `/servers/${encodeURIComponent(server)}/login`)
  const before = stateSchema.parse(await ask('GET'))
  const started = startedSchema.parse(await ask('POST'))
  process.stdout.write(`Open this address in a browser on this machine (until ${started.expires}):\n\n  ${started.authorization_url}\n\nWaiting …\n`)
  for (;;) {
    await sleep(pollMs)
    const { awaiting, issuer, scope, since } = stateSchema.parse(await ask('GET'))
    if (awaiting) continue
    if (since === before.since) throw new Error('the login did not succeed; the page in the browser says why')
    process.stdout.write(`Connected: ${server} at ${showWord(issuer ?? '')}${scope === null ? '' : `, scopes ${showWord(scope)}`}\n`)
    return 0
  }
}
