// What is done about definitions that nobody approved, that changed, or that look like an attack. The decision itself is Rego's
// (policies/rego/definition-pins); here is what the operator can say.
import { z } from 'zod'

const firstSight = z.enum(['trust', 'quarantine'])
const treatment = z.enum(['block', 'report'])

export const pinningSchema = z.strictObject({
  first_sight: firstSight.default('trust').describe('A definition that is seen for the first time: `trust` approves it as it is, `quarantine` hides it until an operator approves it (`portcullis pins approve`).').meta({ examples: ['quarantine'] }),
  on_drift: treatment.default('block').describe('A definition that is no longer the approved one: `block` hides and refuses it until it is approved, `report` lets it pass and logs it.').meta({ examples: ['block'] }),
  flags: treatment.default('report').describe('A definition with hidden text, instructions to the model and the like: `block` or `report`. These are heuristics: legitimate definitions can have flags, and attacks can have none.').meta({ examples: ['report'] }),
})
export type Pinning = z.infer<typeof pinningSchema>

/** Of one server: what it does not say holds as for all. */
export const serverPinningSchema = z.strictObject({
  first_sight: firstSight.optional().describe('Instead of pinning.first_sight.').meta({ examples: ['trust'] }),
  on_drift: treatment.optional().describe('Instead of pinning.on_drift.').meta({ examples: ['report'] }),
  flags: treatment.optional().describe('Instead of pinning.flags.').meta({ examples: ['block'] }),
})
export type ServerPinning = z.infer<typeof serverPinningSchema>

/** What holds for all servers and for those that differ, as the policy gets it. */
export interface PinningRules { readonly usual: Pinning; readonly servers: Readonly<Record<string, Pinning>> }

export const pinningRules = (usual: Pinning, servers: Readonly<Record<string, { readonly pinning: ServerPinning }>>): PinningRules => ({
  usual, servers: Object.fromEntries(Object.entries(servers).map(([name, { pinning }]) => [name, {
    first_sight: pinning.first_sight ?? usual.first_sight, on_drift: pinning.on_drift ?? usual.on_drift, flags: pinning.flags ?? usual.flags,
  }])),
})
