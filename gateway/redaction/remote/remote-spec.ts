// One remote detector as the configuration declares it, with everything resolved.
import type { EntityKind } from '../../exchange/kinds.ts'
import type { ProtocolName } from './protocols.ts'
import type { TextSource } from './text-source.ts'

export interface RemoteSpec {
  readonly name: string
  readonly protocol: ProtocolName
  /** Base URL, without the protocol's path. */
  readonly url: string
  readonly bearer: string | null
  /** Lower-case names; they may be secrets. */
  readonly headers: Readonly<Record<string, string>>
  readonly sources: ReadonlySet<TextSource>
  readonly minChars: number
  readonly maxChars: number
  /** The operator's names for its types; null: not wanted. */
  readonly kinds: ReadonlyMap<string, EntityKind | null>
  readonly ask: readonly string[]
  readonly minScore: number
  readonly language: string
  /** What a server with several models is asked for. */
  readonly model: string
  /** Further members of the body of each request. */
  readonly options: Readonly<Record<string, unknown>>
  /** A text that it did not look at counts as most sensitive. */
  readonly raises: boolean
  readonly deadlineMs: number
  readonly giveUpMs: number
  readonly concurrency: number
  readonly batchTexts: number
  readonly batchChars: number
  readonly breakerFailures: number
  readonly breakerCooldownMs: number
  readonly memoBytes: number
}
