// Opens the shipped policy bundle for the bench, with settings that grant what the bench asks for: an answer that holds duties costs more
// than a default deny, and it is what a working gateway gives.
import type { PolicyEngine } from '../../policies/engine/contract.ts'
import { loadPolicy } from '../../policies/engine/load-policy.ts'
import { settingsSchema } from '../../policies/engine/settings.ts'

const settings = settingsSchema.parse({
  access: [{ groups: ['bench'], tools: ['bench/*', 'files/*'], except: ['files/delete_*'] }],
  arguments: [{ tools: ['files/*'], argument: 'path', paths_within: ['/srv/files'] }],
  models: [{ groups: ['bench'], models: ['openai/*'], max_usd: 1 }],
})

/** The engine as the gateway builds it. @throws PolicyError when the shipped bundle cannot be opened */
export const openBenchPolicy = (): Promise<PolicyEngine> => loadPolicy({ bundle: null, rego: [], settings, observeAll: false })
