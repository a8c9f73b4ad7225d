// The rules about who somebody is: identity numbers, documents, birth, home, places, records and wallets. One file for each family.
import type { Rule } from '../../rule.ts'
import { addressLabels } from './address-labels.ts'
import { births } from './births.ts'
import { codesBehind } from './codes-behind.ts'
import { coordinates } from './coordinates.ts'
import { licences } from './licences.ts'
import { numberedIds } from './numbered-ids.ts'
import { passports } from './passports.ts'
import { postalAddresses } from './postal-addresses.ts'
import { records } from './records.ts'
import { townLines } from './town-lines.ts'
import { plates } from './vehicles.ts'
import { wallets } from './wallets.ts'

export const identityRules: readonly Rule[] = [
  numberedIds, ...passports, ...licences, ...plates, ...records, ...births, ...postalAddresses, ...townLines, codesBehind, ...addressLabels, ...coordinates, ...wallets,
]
