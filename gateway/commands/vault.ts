// Vaults, for operators: forgetting what one session hid, changing the key that everything is sealed with, and the one of hash tokens.
import { z } from 'zod'
import { showWord } from '../../registry/show-text.ts'
import { ConfigError } from '../config/config-error.ts'
import { loadConfig } from '../config/load.ts'
import { rotateVaultKey } from '../sessions/vault-keys.ts'
import { adminClient } from './admin-client.ts'
import type { Command } from './command.ts'
import { operator } from './operator.ts'

const forgottenSchema = z.object({ forgotten: z.boolean() })
const resealedSchema = z.object({ resealed: z.number() })

const write = (line: string): void => { process.stdout.write(`${line}\n`) }

const wrong = (path: string, problem: string, example: string): ConfigError => new ConfigError('command line', [{ path, problem, example }])

const forgetExample = 'portcullis vault forget --session default/alice/my-session --reason "asked for by the customer"'

/** `vault forget --session <tenant>/<key>/<id> --reason …`: its pseudonyms can be restored no more. Resolves to 1 where there were none. */
export const vaultForget: Command = async options => {
  const { session, reason } = options.vault
  if (session === null) throw wrong('--session', 'is missing: whose vault is to be forgotten', forgetExample)
  if (reason === null || reason.trim() === '') throw wrong('--reason', 'is missing: what is forgotten is recorded with its reason', forgetExample)
  const { forgotten } = forgottenSchema.parse(await adminClient(options)('POST', '/vault/forget', { session, by: operator(), reason }))
  write(forgotten ? `Forgotten: the vault of session ${showWord(session)}. Its labels stay.` : `There is nothing in a vault of session ${showWord(session)}; audit records name sessions as <tenant>/<key>/<session id>.`)
  return forgotten ? 0 : 1
}

/** `vault rotate`: a new key for what is sealed from the next start on. */
export const vaultRotate: Command = options => {
  const { config } = loadConfig({ file: options.config, cwd: options.cwd, environment: options.environment, ...(options.data === null ? {} : { data: options.data }) })
  if (config.state.vault_key !== null) throw wrong('', 'the key is given by state.vault_key: give the new one there, name the old one in state.previous_vault_keys, and restart', 'previous_vault_keys: [{env: OLD_VAULT_KEY}]')
  rotateVaultKey(config.data)
  write('A new vault key is in place. Restart the gateway: it seals everything with it, then takes the old key out of vault.key.')
  return Promise.resolve(0)
}

/** `vault reseal`: what shared state holds is sealed with the current key. */
export const vaultReseal: Command = async options => {
  const { resealed } = resealedSchema.parse(await adminClient(options)('POST', '/vault/reseal', { by: operator(), reason: options.vault.reason }))
  write(resealed === 0 ? 'Nothing is sealed with an older key any more.' : `${resealed} values were sealed anew. Run it again: when nothing is left the older key can go.`)
  return 0
}

/** `vault rotate-hashes --reason …`: equal values get other hash tokens from now on. */
export const vaultRotateHashes: Command = async options => {
  const { reason } = options.vault
  if (reason === null || reason.trim() === '') throw wrong('--reason', 'is missing: what was joined by hash tokens cannot be joined with what comes', 'portcullis vault rotate-hashes --reason "tokens were published"')
  await adminClient(options)('POST', '/vault/rotate-hashes', { by: operator(), reason })
  write('Hash tokens are made with a new key. Gateways that share the state take it up within a second or two.')
  return 0
}
