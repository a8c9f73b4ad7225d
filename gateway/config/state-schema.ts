// Where state is kept that several gateways may share.
import { z } from 'zod'
import { secretRefSchema } from '../../registry/secret-ref.ts'

const node = z.strictObject({
  host: z.string().min(1).describe('Host name or address.').meta({ examples: ['redis-1.internal'] }),
  port: z.number().int().min(1).max(65535).default(6379).describe('Port.').meta({ examples: [6379] }),
})

const redisUrl = z.url({ protocol: /^rediss?$/, error: 'must be a redis or rediss URL' }).refine(url => {
  const { username, password } = new URL(url)
  return username === '' && password === ''
}, { error: 'must hold no name and no password: use username and password' })

const redisSchema = z.strictObject({
  url: redisUrl.nullable().default(null).describe('One server, redis://host:port/database; rediss for TLS.').meta({ examples: ['redis://redis.internal:6379'] }),
  sentinels: z.strictObject({
    name: z.string().min(1).default('mymaster').describe('Name of the group of servers.').meta({ examples: ['mymaster'] }),
    nodes: z.array(node).min(1).describe('Sentinels; the first that answers names the server.'),
  }).nullable().default(null).describe('Servers behind Redis Sentinel.'),
  cluster: z.array(node).min(1).nullable().default(null).describe('Nodes of a Redis Cluster; any that answers tells of the others.'),
  username: z.string().nullable().default(null).describe('Name of the server\'s access list.').meta({ examples: ['portcullis'] }),
  password: secretRefSchema.nullable().default(null).describe('Password of the server; of the sentinels too.'),
  tls: z.boolean().default(false).describe('TLS to sentinels and clusters, with the system\'s certificates (and NODE_EXTRA_CA_CERTS). One server: write rediss.').meta({ examples: [true] }),
  prefix: z.string().regex(/^[\w:.-]{1,64}$/, 'must be 1 to 64 of letters, digits, ":", ".", "_" and "-"').default('portcullis').describe('What all keys begin with. Gateways with the same prefix share everything.').meta({ examples: ['portcullis'] }),
  timeout_ms: z.number().int().min(10).max(10_000).default(500).describe('Longest wait for one answer in milliseconds; then the call is refused with `state.unavailable`.').meta({ examples: [500] }),
  lease_s: z.number().int().min(10).max(86_400).default(900).describe('Seconds after which a reservation that nobody settled counts as spent, in full: its gateway has died, and the call may have been paid for.').meta({ examples: [900] }),
}).refine(redis => [redis.url, redis.sentinels, redis.cluster].filter(way => way !== null).length === 1, { path: ['url'], error: 'needs exactly one of url, sentinels, cluster' })

export const stateSchema = z.strictObject({
  vault_key: secretRefSchema.nullable().default(null).describe('Key of 32 bytes in base64 that pseudonyms are sealed with. Default: made in `<data>/vault.key`. Gateways that share a Redis need the same.'),
  previous_vault_keys: z.array(secretRefSchema).default([]).describe('Keys that `vault_key` had before: they open what they sealed and seal nothing. The embedded store seals everything anew at its start; with Redis, `portcullis vault reseal` does. Then they can go.').meta({ examples: [[{ env: 'OLD_VAULT_KEY' }]] }),
  hash_key: secretRefSchema.nullable().default(null).describe('Key of 32 bytes in base64 that hash tokens are made with. Default: made at the first start and kept in the state, sealed with the vault key, so that tokens stay the same when that changes. Give it where the state does not last (a data folder that is made anew with each start) or where several states shall have the same tokens; all gateways of one state need the same.').meta({ examples: [{ env: 'PORTCULLIS_HASH_KEY' }] }),
  redis: redisSchema.nullable().default(null).describe('Sessions, pseudonyms, labels, budgets and rates are kept in a Redis that several gateways share. Null: in the data folder of this one.'),
})

export type RedisConfig = z.infer<typeof redisSchema>
