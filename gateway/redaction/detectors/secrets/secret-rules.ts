// All rules that find secrets.
import type { Rule } from '../../rule.ts'
import { commandRules } from './commands.ts'
import { adoStrings, jdbcStrings } from './connection-strings.ts'
import { cookies } from './cookies.ts'
import { labelledRules, prefixRules } from './format-rules.ts'
import { keyedSecrets, namedSecrets, taggedSecrets } from './named.ts'
import { armouredKeys, puttyKeys, seedPhrases } from './private-keys.ts'
import { loginCalls, spokenSecrets } from './spoken.ts'
import { passwordHashes, pgpassLines } from './stored-passwords.ts'
import { jsonWebKeys, kubernetesSecrets } from './structured.ts'
import { authorizationHeaders, azureSecrets, infixTokens, jwts, mailchimpKeys, telegramTokens } from './tokens.ts'

export const secretRules: readonly Rule[] = [
  ...prefixRules, ...labelledRules, armouredKeys, puttyKeys, seedPhrases, jwts, azureSecrets, mailchimpKeys, telegramTokens, infixTokens, authorizationHeaders,
  namedSecrets, taggedSecrets, keyedSecrets, spokenSecrets, loginCalls, passwordHashes, pgpassLines, adoStrings, jdbcStrings, kubernetesSecrets, jsonWebKeys, cookies, ...commandRules,
]
