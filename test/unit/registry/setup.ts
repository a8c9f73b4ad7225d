// Registry input as an operator would write it, through the real schemas. It holds no expectation.
import { aliasSchema } from '../../../registry/alias.ts'
import { keySchema } from '../../../registry/key.ts'
import { mcpServersSchema } from '../../../registry/mcp-server.ts'
import { modelSchema } from '../../../registry/model.ts'
import { providerSchema } from '../../../registry/provider.ts'
import { createRegistry, type Registry, type RegistryInput } from '../../../registry/registry.ts'

type Written = Readonly<Record<string, unknown>>

export interface WrittenRegistry {
  readonly providers?: readonly Written[]
  readonly models?: readonly Written[]
  readonly aliases?: readonly Written[]
  readonly keys?: readonly Written[]
  readonly servers?: Readonly<Record<string, Written>>
}

export const openai: Written = { id: 'openai', dialect: 'openai', base_url: 'https://api.openai.com/v1' }
export const anthropic: Written = { id: 'anthropic', dialect: 'anthropic', base_url: 'https://api.anthropic.com' }
export const local: Written = { id: 'local', dialect: 'openai', base_url: 'http://127.0.0.1:11434/v1', local: true, free: true }

export const registryInput = ({ providers = [], models = [], aliases = [], keys = [], servers = {} }: WrittenRegistry): RegistryInput => ({
  providers: providers.map(provider => providerSchema.parse(provider)),
  models: models.map(model => modelSchema.parse(model)),
  aliases: aliases.map(alias => aliasSchema.parse(alias)),
  keys: keys.map(key => keySchema.parse(key)),
  servers: mcpServersSchema.parse(servers),
})

export const registryOf = (written: WrittenRegistry): Registry => createRegistry(registryInput(written))
