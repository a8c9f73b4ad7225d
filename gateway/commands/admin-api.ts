// How commands speak with the running gateway: through its admin listener, with the admin key.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { resolveSecret } from '../../registry/secret-ref.ts'
import { showWord } from '../../registry/show-text.ts'
import { ConfigError } from '../config/config-error.ts'
import { loadConfig, type LoadedConfig } from '../config/load.ts'
import type { CommandOptions } from './command.ts'

const refusedSchema = z.object({ error: z.object({ message: z.string(), remedy: z.string() }) })

const adminUrl = ({ config, file }: LoadedConfig, named: string | null): string => {
  if (named !== null) return named.replace(/\/$/, '')
  const { host, port } = config.admin
  if (port === 0) throw new ConfigError(file ?? 'embedded defaults', [{ path: 'admin.port', problem: 'is 0, so the address of the running gateway is not known from it', example: '--admin http://127.0.0.1:8081' }])
  return `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${port}`
}

const adminKey = ({ config, base }: LoadedConfig, environment: NodeJS.ProcessEnv): string => config.admin.key === null
  ? readFileSync(join(config.data, 'admin.key'), 'utf8').trim()
  : resolveSecret(config.admin.key, environment, base)

/** Asks the gateway that the options name; a body makes it a POST. */
export type AskAdmin = (method: 'GET' | 'POST', path: string, body?: unknown) => Promise<unknown>

/** @throws ConfigError; the asker throws what the gateway answers, with its remedy */
export const adminApi = (options: CommandOptions): AskAdmin => {
  const loaded = loadConfig({ file: options.config, cwd: options.cwd, environment: options.environment, ...(options.data === null ? {} : { data: options.data }) })
  const url = adminUrl(loaded, options.admin)
  const headers = { authorization: `Bearer ${adminKey(loaded, options.environment)}` }
  return async (method, path, body) => {
    const sent = body === undefined ? { headers } : { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const answer = await fetch(url + path, { method, ...sent, redirect: 'error' }).catch((cause: unknown) => {
      throw new Error(`no gateway answers at ${url}; start it first, or name its admin listener with --admin`, { cause })
    })
    const said: unknown = await answer.json()
    if (answer.ok) return said
    const { error } = refusedSchema.parse(said)
    throw new Error(`${showWord(error.message)}\n  ${showWord(error.remedy)}`)
  }
}
