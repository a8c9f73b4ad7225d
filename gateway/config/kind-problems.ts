// Kinds of data in policy settings: a kind that does not exist would hide nothing, and nobody would notice.
import { builtInKinds, isSecret, type EntityKind } from '../exchange/kinds.ts'
import type { ConfigProblem } from './config-error.ts'
import { nearName } from './near-name.ts'
import type { Config } from './schema.ts'

const names: ReadonlySet<string> = new Set(builtInKinds)
const families: readonly string[] = ['own:*', 'own-secret:*']

const kindOf = ({ name, secret }: Config['redaction']['own'][number]): string => `${secret ? 'own-secret' : 'own'}:${name}`

/** Every kind that an entry of `redaction` can report beside the gateway's own. */
const ownKinds = ({ own, remote }: Config['redaction']): ReadonlySet<string> => new Set([
  ...own.map(kindOf), ...remote.flatMap(({ kinds, name }) => [`own:${name}`, ...Object.values(kinds).filter(kind => kind !== null)]),
])

type Check = (path: string, kinds: readonly string[]) => ConfigProblem[]

const checking = (own: ReadonlySet<string>): Check => (path, kinds) => kinds.flatMap((kind, index) => {
  if (names.has(kind) || families.includes(kind) || own.has(kind)) return []
  const near = nearName(kind, [...builtInKinds, ...own])
  const hint = near === undefined ? '' : `; did you mean "${near}"?`
  const isOwn = kind.startsWith('own:') || kind.startsWith('own-secret:')
  return [isOwn
    ? { path: `${path}[${index}]`, problem: `no entry of redaction.own or redaction.remote makes "${kind}"${hint}`, example: 'redaction: {own: [{name: projects, words: [Falcon]}]} makes own:projects' }
    : { path: `${path}[${index}]`, problem: `there is no kind "${kind}"${hint}`, example: `one of ${builtInKinds.join(', ')}; or own:<name>` }]
})

type Data = Config['policy']['settings']['data']

/** What can never be carried out is said, not ignored. */
const secretProblems = (path: string, { kinds, paths, sinks }: Data['restore'][number]): ConfigProblem[] => {
  const secret = kinds.find(kind => isSecret(kind as EntityKind))
  if (secret === undefined || (paths !== null && sinks.every(sink => sink.includes('/')))) return []
  return [{ path, problem: `"${secret}" is a secret: it comes back only in named arguments (paths) of named tools`, example: 'sinks: ["tool:deploy/start"], paths: ["/key"]' }]
}

const listsIn = (data: Data): (readonly [path: string, kinds: readonly string[]])[] => {
  const { answers, approve, block, drop, hash, local, mask, may_see, pseudonymise, rephrase, restore, restore_client, surrogates } = data
  const lists = Object.entries({ pseudonymise, surrogates, hash, mask, drop, block, rephrase, approve, local, 'restore_client': restore_client ?? [], 'answers.kinds': answers.kinds })
  return [
    ...lists, ...may_see.map(({ kinds }, index) => [`may_see[${index}].kinds`, kinds] as const), ...restore.map(({ kinds }, index) => [`restore[${index}].kinds`, kinds] as const),
  ]
}

/** What is wrong with the kinds of `policy.settings.data`. */
export const kindProblems = ({ policy: { settings: { data } }, redaction }: Config): ConfigProblem[] => {
  const at = 'policy.settings.data'
  const check = checking(ownKinds(redaction))
  return [...listsIn(data).flatMap(([path, kinds]) => check(`${at}.${path}`, kinds)), ...data.restore.flatMap((entry, index) => secretProblems(`${at}.restore[${index}]`, entry))]
}

/**
 * Kinds of `redaction.own` that are found and counted, and about which nothing is done: no setting names them, they are no secrets, and put
 * neither a label nor a sensitivity on what holds them. Rego of the operator's own may deal with any, so then there are none.
 */
export const idleOwnKinds = ({ policy: { bundle, rego, settings: { data } }, redaction: { own } }: Config): readonly string[] => {
  if (bundle !== null || rego.length > 0) return []
  const named = new Set(listsIn(data).flatMap(([, kinds]) => kinds))
  return own.filter(({ labels, secret, sensitivity }) => !secret && labels.length === 0 && sensitivity === 'public').map(kindOf).filter(kind => !named.has(kind) && !named.has('own:*'))
}
