// Where a translated request goes: what a writer has to know of the model.
import type { ServerQuirks } from '../../../registry/compatible-servers.ts'
import type { Capability } from '../../../registry/model.ts'
import type { FieldNames } from './field-names.ts'
import type { Losses } from './losses.ts'

export interface Target {
  /** The provider's own name of the model. */
  readonly model: string
  readonly maxOutputTokens: number
  readonly capabilities: readonly Capability[]
  /** What its server is known to do differently. */
  readonly quirks?: ServerQuirks
}

export interface Writing {
  readonly target: Target
  readonly losses: Losses
  /** The caller's words. */
  readonly names: FieldNames
}
