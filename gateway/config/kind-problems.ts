// Kinds of data in policy settings: a kind that does not exist would hide nothing, and nobody would notice.
import { builtInKinds, isSecret, type EntityKind } from '../exchange/kinds.ts'
import type { ConfigProblem } from './config-error.ts'
import { nearName } from './near-name.ts'
import type { Config } from './schema.ts'

const names: ReadonlySet<string> = new Set(builtInKinds)
const isOwn = (kind: string): boolean => kind.startsWith('own:') || kind.startsWith('own-secret:')

const problemsIn = (path: string, kinds: readonly string[]): ConfigProblem[] => kinds.flatMap((kind, index) => {
  if (names.has(kind) || isOwn(kind)) return []
  const near = nearName(kind, builtInKinds)
  return [{ path: `${path}[${index}]`, problem: `there is no kind "${kind}"${near === undefined ? '' : `; did you mean "${near}"?`}`, example: `one of ${builtInKinds.join(', ')}; or own:<name>` }]
})

type Data = Config['policy']['settings']['data']

/** What can never be carried out is said, not ignored. */
const secretProblems = (path: string, { kinds, paths, sinks }: Data['restore'][number]): ConfigProblem[] => {
  const secret = kinds.find(kind => isSecret(kind as EntityKind))
  if (secret === undefined || (paths !== null && sinks.every(sink => sink.includes('/')))) return []
  return [{ path, problem: `"${secret}" is a secret: it comes back only in named arguments (paths) of named tools`, example: 'sinks: ["tool:deploy/start"], paths: ["/key"]' }]
}

/** What is wrong with the kinds of `policy.settings.data`. */
export const kindProblems = ({ policy: { settings: { data } } }: Config): ConfigProblem[] => {
  const at = 'policy.settings.data'
  const { approve, block, drop, hash, local, mask, may_see, pseudonymise, restore, restore_client, surrogates } = data
  const lists = Object.entries({ pseudonymise, surrogates, hash, mask, drop, block, approve, local, restore_client: restore_client ?? [] })
  return [
    ...lists.flatMap(([name, kinds]) => problemsIn(`${at}.${name}`, kinds)),
    ...may_see.flatMap(({ kinds }, index) => problemsIn(`${at}.may_see[${index}].kinds`, kinds)),
    ...restore.flatMap((entry, index) => [...problemsIn(`${at}.restore[${index}].kinds`, entry.kinds), ...secretProblems(`${at}.restore[${index}]`, entry)]),
  ]
}
