// Every rule of detection, in one list. A family of rules has a folder of its own under detectors/.
import { nameRules } from './detectors/names.ts'
import type { Rule } from './rule.ts'

import { secretRules } from './detectors/secrets/secret-rules.ts'
import type { Rule } from './rule.ts'

export const rules: readonly Rule[] = [...nameRules, ...secretRules]
