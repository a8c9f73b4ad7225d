// Every rule of detection, in one list. A family of rules has a file or a folder of its own under detectors/.
import { bankNumbers } from './detectors/bank.ts'
import { bankCodes } from './detectors/bic.ts'
import { cards } from './detectors/cards.ts'
import { emails } from './detectors/emails.ts'
import { ibans } from './detectors/ibans.ts'
import { colonGroups, ipv4, separatedMacs } from './detectors/network.ts'
import { identityRules } from './detectors/identity/identity.ts'
import { nameRules } from './detectors/names.ts'
import { phones } from './detectors/phones.ts'
import { secretRules } from './detectors/secrets/secret-rules.ts'
import { socialSecurity } from './detectors/social-security.ts'
import { urlCredentials, urls } from './detectors/urls.ts'
import type { Rule } from './rule.ts'

export const rules: readonly Rule[] = [
  cards, ibans, bankNumbers, bankCodes, emails, phones, ipv4, colonGroups, separatedMacs, urls, urlCredentials, socialSecurity,
  ...identityRules, ...nameRules, ...secretRules,
]
