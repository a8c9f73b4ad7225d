// Reads configuration and policy exactly as start does, and binds nothing.
import { loadConfig } from '../config/load.ts'
import { buildRuntime } from '../config/build-runtime.ts'
import { idleOwnKinds } from '../config/kind-problems.ts'
import type { Command } from './command.ts'

export const check: Command = async options => {
  const loaded = loadConfig({ file: options.config, cwd: options.cwd, environment: options.environment, ...(options.data === null ? {} : { data: options.data }) })
  const runtime = await buildRuntime(loaded, { generation: 0, observe: options.observe, environment: options.environment })
  const { config } = runtime
  const idle = idleOwnKinds(config)
  process.stdout.write([
    `${loaded.file ?? 'embedded defaults'}: fine`,
    `  ${config.keys.length} keys, ${config.providers.length} providers, ${config.models.length} models, ${config.aliases.length} aliases, ${Object.keys(config.mcp_servers).length} MCP servers`,
    `  policy ${runtime.policy.revision}`,
    ...idle.length === 0 ? [] : [`  warning: nothing is done about ${idle.join(', ')}: name them in policy.settings.data, e.g. under pseudonymise`],
    '',
  ].join('\n'))
  return 0
}
