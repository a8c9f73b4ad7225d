// Every rule of detection, in one list. A family of rules has a folder of its own under detectors/.
import { identityRules } from './detectors/identity/identity.ts'
import type { Rule } from './rule.ts'

export const rules: readonly Rule[] = [...identityRules]
