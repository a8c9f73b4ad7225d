// Connects an MCP server that wants a login: the running gateway starts it, the operator goes through it in a browser, and this waits.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { showWord } from '../../../registry/show-text.ts'
import { resolveSecret } from '../../../registry/secret-ref.ts'
import { ConfigError } from '../../config/config-error.ts'
import { loadConfig, type LoadedConfig } from '../../config/load.ts'
import type { Command, CommandOptions } from '../command.ts'
import { onlyWord } from './approved-servers.ts'

// As a URL parser writes it there is nothing in it that a terminal would obey.
const startedSchema = z.object({ authorization_url: z.url({ protocol: /^https?$/ }).transform(url => new URL(url).href), expires: z.string() })
const stateSchema = z.object({ since: z.string().nullable(), awaiting: z.boolean(), issuer: z.string().nullable(), scope: z.string().nullable() })
const refusedSchema = z.object({ error: z.object({ message: z.string(), remedy: z.string() }) })

const pollMs = 500

const adminUrl = ({ config, file }: LoadedConfig, named: string | null): string => {
  if (named !== null) return named.replace(/\/$/, '')
  const { host, port } = config.admin
  if (port === 0) throw new ConfigError(file ?? 'embedded defaults', [{ path: 'admin.port', problem: 'is 0, so the address of the running gateway is not known from it', example: '--admin http://127.0.0.1:8081' }])
  return `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${port}`
}

const adminKey = ({ config, base }: LoadedConfig, environment: NodeJS.ProcessEnv): string => config.admin.key === null
  ? readFileSync(join(config.data, 'admin.key'), 'utf8').trim()
  : resolveSecret(config.admin.key, environment, base)

const askerOf = (options: CommandOptions, server: string): (method: 'GET' | 'POST') => Promise<unknown> => {
  const loaded = loadConfig({ file: options.config, cwd: options.cwd, environment: options.environment, ...(options.data === null ? {} : { data: options.data }) })
  const url = adminUrl(loaded, options.admin)
  const headers = { authorization: `Bearer ${adminKey(loaded, options.environment)}` }
  return async method => {
    const answer = await fetch(`${url}/servers/${encodeURIComponent(server)}/login`, { method, headers, redirect: 'error' }).catch((cause: unknown) => {
      throw new Error(`no gateway answers at ${url}; start it first, or name its admin listener with --admin`, { cause })
    })
    const body: unknown = await answer.json()
    if (answer.ok) return body
    const { error } = refusedSchema.parse(body)
    throw new Error(`${showWord(error.message)}\n  ${showWord(error.remedy)}`)
  }
}

/** Resolves to 0 once the gateway is logged in. */
export const serversLogin: Command = async options => {
  const server = onlyWord(options, 'login <server>')
  const ask = askerOf(options, server)
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
