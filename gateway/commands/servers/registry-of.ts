// The registry that a command asks, for as long as it asks.
import { isAbsolute, resolve } from 'node:path'
import type { LoadedConfig } from '../../config/load.ts'
import { readJson } from '../../surfaces/json/read-json.ts'
import { createHttpUpstream } from '../../upstream/http.ts'
import { openRegistry, type RegistrySource } from '../../upstream/registry-source.ts'
import type { CommandOptions } from '../command.ts'

/** `--registry`, else the configured one; null where there is neither. */
export const registryPlace = ({ registry, cwd }: CommandOptions, { config, base }: LoadedConfig): string | null => {
  const isUrl = (place: string): boolean => /^https?:\/\//.test(place)
  const absolute = (place: string, from: string): string => isUrl(place) || isAbsolute(place) ? place : resolve(from, place)
  if (registry !== null) return absolute(registry, cwd)
  return config.registry.source === null ? null : absolute(config.registry.source, base)
}

/** Opens a registry, asks it, and closes its connections. */
export const asking = async <T>(place: string, ask: (registry: RegistrySource) => Promise<T>): Promise<T> => {
  const http = createHttpUpstream({ maxConnectionsPerOrigin: 2, keepAliveMs: 1000 })
  try {
    return await ask(openRegistry(place, http, text => readJson(text, { maxDepth: 64 })))
  } finally {
    await http.destroy()
  }
}
