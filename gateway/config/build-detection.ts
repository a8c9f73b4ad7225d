// Makes the operator's detectors of one generation: reads their files, compiles their patterns, resolves their keys. Whatever is wrong is named
// by the field that says it, and no problem quotes an entry: lists are as secret as what they are meant to hide.
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { hidesSecrets } from '../../policies/engine/settings.ts'
import type { EntityKind } from '../exchange/kinds.ts'
import type { Detection } from '../redaction/detection.ts'
import { hashedSet } from '../redaction/own/hashed-set.ts'
import { joinOwn, type OwnDetector } from '../redaction/own/own-detector.ts'
import { patternDetector } from '../redaction/own/pattern.ts'
import { isWordEntry, wordList } from '../redaction/own/word-list.ts'
import { gazetteer } from '../redaction/quasi/places.ts'
import { trainedTagger } from '../redaction/tagger/weights.ts'
import type { RemoteSpec } from '../redaction/remote/remote-spec.ts'
import { ConfigError } from './config-error.ts'
import type { OwnConfig, RemoteConfig } from './redaction-schema.ts'
import { Resolver } from './resolve-secrets.ts'
import type { Config } from './schema.ts'

/** Keys of an HMAC that are shorter can be found by trying. */
const shortestKey = 16

const fileProblem = (path: string, file: string, example: string): { path: string; problem: string; example: string } =>
  ({ path, problem: `the file ${file} cannot be read`, example })

class Builder extends Resolver {
  /** Content of every file that was read, for the digest. */
  readonly texts: string[] = []

  lines(file: string, path: string, example: string): readonly string[] {
    let text: string
    try {
      text = readFileSync(resolve(this.base, file), 'utf8')
    } catch {
      this.problems.push(fileProblem(path, file, example))
      return []
    }
    this.texts.push(text)
    return text.replace(/^\ufeff/, '').split(/\r?\n/).map(line => line.trim()).filter(line => line !== '' && !line.startsWith('# '))
  }
}

type About = Pick<OwnDetector, 'kind' | 'labels'>

const words = (about: About, own: OwnConfig, path: string, builder: Builder): OwnDetector[] => {
  const given = own.words ?? []
  const isFile = !Array.isArray(given)
  const entries = isFile ? builder.lines(given.file, `${path}.words.file`, 'words: {"file":"./projects.txt"}, one entry a line') : given
  const wrong = entries.findIndex(entry => !isWordEntry(entry))
  if (wrong >= 0) {
    builder.problems.push({ path: isFile ? `${path}.words.file` : `${path}.words[${wrong}]`, problem: `${isFile ? `entry ${wrong + 1}` : 'the entry'} has neither a letter nor a digit, so it is no word`, example: 'words: ["Falcon"]' })
    return []
  }
  if (entries.length === 0 && isFile && builder.problems.length === 0) builder.problems.push({ path: `${path}.words.file`, problem: `the file ${given.file} holds no entry`, example: 'one entry a line' })
  return [wordList(about, entries, own.ignore_case)]
}

const pattern = (about: About, own: OwnConfig, path: string, builder: Builder): OwnDetector[] => {
  try {
    return [patternDetector(about, { pattern: own.pattern ?? '', ignoreCase: own.ignore_case, literals: own.literals })]
  } catch (error) {
    builder.problems.push({ path: `${path}.pattern`, problem: error instanceof Error ? error.message : String(error), example: 'pattern: "EMP-[0-9]{6}"' })
    return []
  }
}

const hexLine = /^[0-9a-f]{64}$/

const hashes = (about: About, set: NonNullable<OwnConfig['hashes']>, path: string, builder: Builder): OwnDetector[] => {
  const lines = set.file === null ? [] : builder.lines(set.file, `${path}.file`, 'portcullis hash customers < values.txt > customers.hashes')
  const wrong = lines.findIndex(line => !hexLine.test(line))
  if (wrong >= 0) builder.problems.push({ path: `${path}.file`, problem: `line ${wrong + 1} of entries is not 64 hex digits in lower case`, example: 'portcullis hash customers < values.txt > customers.hashes' })
  if (set.values.length + lines.length === 0 && builder.problems.length === 0) builder.problems.push({ path, problem: 'holds no hash', example: 'file: "./customers.hashes"' })
  const key = set.key === null ? null : Buffer.from(builder.resolve(set.key, `${path}.key`))
  if (key !== null) {
    builder.texts.push(hash('sha256', key))
    if (key.length > 0 && key.length < shortestKey) builder.problems.push({ path: `${path}.key`, problem: `has fewer than ${shortestKey} characters, so it can be found by trying`, example: 'openssl rand -hex 32' })
  }
  return wrong >= 0 ? [] : [hashedSet(about, {
    shape: set.shape, lengths: { min: set.min_length, max: set.max_length }, needsDigit: set.needs_digit, key, hashes: [...set.values, ...lines],
  })]
}

const ownDetectors = (entries: readonly OwnConfig[], builder: Builder): OwnDetector[] => entries.flatMap((own, index) => {
  const path = `redaction.own[${index}]`
  const kind: EntityKind = own.secret ? `own-secret:${own.name}` : `own:${own.name}`
  const about: About = { kind, labels: { labels: [...new Set(own.labels)].sort(), sensitivity: own.sensitivity } }
  if (own.words !== undefined) return words(about, own, path, builder)
  return own.hashes === undefined ? pattern(about, own, path, builder) : hashes(about, own.hashes, `${path}.hashes`, builder)
})

const remoteSpec = (remote: RemoteConfig, path: string, builder: Builder): RemoteSpec => ({
  name: remote.name, protocol: remote.protocol, url: remote.url, bearer: remote.credential === null ? null : builder.resolve(remote.credential, `${path}.credential`),
  headers: builder.values(remote.headers, `${path}.headers`, key => key),
  sources: new Set(remote.for), minChars: remote.min_chars, maxChars: remote.max_chars,
  kinds: new Map(Object.entries(remote.kinds) as [string, EntityKind | null][]), ask: remote.ask, minScore: remote.min_score, language: remote.language, model: remote.model, options: remote.options,
  raises: remote.on_failure === 'restricted', deadlineMs: remote.deadline_ms, giveUpMs: Math.max(remote.give_up_ms, remote.deadline_ms), concurrency: remote.concurrency,
  batchTexts: remote.batch_texts, batchChars: remote.batch_chars, breakerFailures: remote.breaker_failures, breakerCooldownMs: remote.breaker_cooldown_ms, memoBytes: remote.memo_bytes,
})

/** Files that a reload has to watch, as written. */
export const detectionFiles = ({ redaction }: Config): string[] => redaction.own.flatMap(({ hashes: set, words: list }) => [
  ...list === undefined || Array.isArray(list) ? [] : [list.file], ...set?.file == null ? [] : [set.file],
])

/** @throws ConfigError with every problem found */
export const buildDetection = (file: string, config: Config, environment: NodeJS.ProcessEnv, base: string): Detection => {
  const { redaction } = config
  const builder = new Builder(environment, base)
  const own = ownDetectors(redaction.own, builder)
  const remote = redaction.remote.map((entry, index) => remoteSpec(entry, `redaction.remote[${index}]`, builder))
  if (builder.problems.length > 0) throw new ConfigError(file, builder.problems)
  // Read here, and not by the first text that needs it.
  if (redaction.names) trainedTagger()
  if (redaction.quasi_identifiers) gazetteer()
  return {
    minConfidence: redaction.min_confidence, memoBytes: redaction.memo_bytes, names: redaction.names, quasi: redaction.quasi_identifiers, secretsAreHidden: hidesSecrets(config.policy.settings), remote, digest: hash('sha256', JSON.stringify([redaction, hidesSecrets(config.policy.settings), builder.texts])),
    ...own.length === 0 ? {} : { own: joinOwn(own) },
  }
}
