// Makes the hashes of an exact-match set: values on standard input, one a line, hashes on standard output. Shape, lengths and key are those of
// the entry in the configuration, so that what is printed is what the gateway looks for. Values are never printed.
import { createInterface } from 'node:readline'
import { ConfigError } from '../config/config-error.ts'
import { loadOwnConfig, type LoadedConfig } from '../config/load.ts'
import { Resolver } from '../config/resolve-secrets.ts'
import type { Config } from '../config/schema.ts'
import { normalForm } from '../redaction/own/candidates.ts'
import { hashValue } from '../redaction/own/hashed-set.ts'
import type { Command } from './command.ts'

const usage = 'Say which entry of redaction.own the hashes are for, and give the values on standard input, one a line:\n  portcullis hash customers < values.txt > customers.hashes'

type HashedSet = NonNullable<Config['redaction']['own'][number]['hashes']>

interface Target { readonly set: HashedSet; readonly key: Buffer | null }

/** @throws ConfigError where there is no such entry, or no key */
const targetOf = (name: string, { base, config, file: path }: LoadedConfig, environment: NodeJS.ProcessEnv): Target => {
  const file = path ?? 'embedded defaults'
  const index = config.redaction.own.findIndex(own => own.name === name)
  const set = config.redaction.own[index]?.hashes
  if (set === undefined) throw new ConfigError(file, [{ path: 'redaction.own', problem: `there is no entry "${name}" with hashes`, example: `- {"name":"${name}","hashes":{"shape":"digits","file":"./${name}.hashes"}}` }])
  const resolver = new Resolver(environment, base)
  const key = set.key === null ? null : Buffer.from(resolver.resolve(set.key, `redaction.own[${index}].hashes.key`))
  if (resolver.problems.length > 0) throw new ConfigError(file, resolver.problems)
  return { set, key }
}

/** @param lines values, one a line @param wrong gets the numbers of lines whose value is too short or too long */
const hashesOf = async ({ key, set }: Target, lines: AsyncIterable<string>, wrong: number[]): Promise<string[]> => {
  const hashes = new Set<string>()
  let line = 0
  for await (const value of lines) {
    line += 1
    if (value.trim() === '') continue
    const normal = normalForm(set.shape, value)
    if (set.shape !== 'email' && (normal.length < set.min_length || normal.length > set.max_length)) wrong.push(line)
    else hashes.add(hashValue(normal, key))
  }
  // In an order of their own: that of the values would say which hash is whose.
  return [...hashes].sort()
}

export const hashValues: Command = async ({ config: file, cwd, data, environment, words: [name] }) => {
  if (name === undefined) {
    process.stderr.write(`${usage}\n`)
    return 2
  }
  const target = targetOf(name, loadOwnConfig({ file, cwd, environment, ...data === null ? {} : { data } }), environment)
  const wrong: number[] = []
  const hashes = await hashesOf(target, createInterface({ input: process.stdin }), wrong)
  process.stdout.write(hashes.map(hash => `${hash}\n`).join(''))
  if (wrong.length === 0) return 0
  const { max_length: max, min_length: min } = target.set
  process.stderr.write(`${wrong.length} values are not from ${min} to ${max} long and were left out (lines ${wrong.slice(0, 10).join(', ')}${wrong.length > 10 ? ' …' : ''}); set min_length and max_length of the entry.\n`)
  return 1
}
