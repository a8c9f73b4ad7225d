// From the labels of public sets, and of Presidio, to what is scored here. A label that is missing here has no kind of ours: it is neither
// asked of us, nor may anything be found in it, unless it says what it tolerates.
import type { Scored } from './labelled.ts'

export interface Meaning { readonly scored: Scored | null; readonly tolerates: readonly Scored[] }

const is = (scored: Scored, ...tolerates: Scored[]): Meaning => ({ scored, tolerates })
/** We have no kind for it. */
const notAsked = (...tolerates: Scored[]): Meaning => ({ scored: null, tolerates })

/** presidio-research. Parts of an address are joined when it is read; what is found of an address inside one is tolerated. */
export const presidioResearchLabels: Readonly<Record<string, Meaning>> = {
  PERSON: is('person'), ORGANIZATION: is('organisation'), EMAIL_ADDRESS: is('email'), PHONE_NUMBER: is('phone'), CREDIT_CARD: is('card'), IBAN_CODE: is('iban'),
  US_SSN: is('us_ssn'), IP_ADDRESS: is('ip'), US_DRIVER_LICENSE: is('driver_licence'),
  // Its "domain names" are whole URLs.
  DOMAIN_NAME: is('url'),
  STREET_ADDRESS: is('address', 'address'), ADDRESS: is('address', 'address'), ZIP_CODE: notAsked('address'),
  // Countries and towns by themselves are nobody's data; part of an address they are.
  GPE: notAsked('address', 'location'), LOCATION: notAsked('address', 'location'),
  DATE_TIME: notAsked('date_of_birth'), TITLE: notAsked(), PREFIX: notAsked(), AGE: notAsked(), NRP: notAsked(),
}

/** The same labels as Presidio's evaluator maps them, post codes as its notebook with the tuned Presidio does. */
export const presidioLabels: Readonly<Record<string, string>> = {
  PERSON: 'PERSON', ORGANIZATION: 'ORGANIZATION', EMAIL_ADDRESS: 'EMAIL_ADDRESS', PHONE_NUMBER: 'PHONE_NUMBER', CREDIT_CARD: 'CREDIT_CARD', IBAN_CODE: 'IBAN_CODE', US_SSN: 'US_SSN',
  IP_ADDRESS: 'IP_ADDRESS', US_DRIVER_LICENSE: 'US_DRIVER_LICENSE', DOMAIN_NAME: 'URL', STREET_ADDRESS: 'LOCATION', ADDRESS: 'LOCATION', ZIP_CODE: 'LOCATION', GPE: 'LOCATION', LOCATION: 'LOCATION',
  DATE_TIME: 'DATE_TIME', TITLE: 'TITLE', PREFIX: 'TITLE', AGE: 'AGE', NRP: 'NRP',
}

const typeOfScored: Readonly<Record<Scored, string>> = {
  person: 'PERSON', organisation: 'ORGANIZATION', email: 'EMAIL_ADDRESS', phone: 'PHONE_NUMBER', card: 'CREDIT_CARD', iban: 'IBAN_CODE', us_ssn: 'US_SSN', ip: 'IP_ADDRESS', url: 'URL',
  driver_licence: 'US_DRIVER_LICENSE', address: 'LOCATION', location: 'LOCATION', date: 'DATE_TIME', date_of_birth: 'DATE_TIME', age: 'AGE', title: 'TITLE', nationality: 'NRP', religion: 'NRP', politics: 'NRP',
}

/** What is scored, in the evaluator's words; a kind that it has no word for is a type of its own. */
export const presidioTypeOf = (scored: Scored): string => typeOfScored[scored] ?? scored.toUpperCase()

/** Presidio's entity types. What is missing is scored under its own name: a false alarm wherever a set judges everything. */
export const presidioTypes: Readonly<Record<string, Scored>> = {
  PERSON: 'person', ORGANIZATION: 'organisation', EMAIL_ADDRESS: 'email', PHONE_NUMBER: 'phone', CREDIT_CARD: 'card', IBAN_CODE: 'iban', US_SSN: 'us_ssn',
  IP_ADDRESS: 'ip', URL: 'url', US_DRIVER_LICENSE: 'driver_licence', LOCATION: 'address', DATE_TIME: 'date', NRP: 'nationality', AGE: 'age', US_ITIN: 'us_itin', US_PASSPORT: 'passport',
  US_BANK_NUMBER: 'bank_account', ABA_ROUTING_NUMBER: 'bank_routing', CRYPTO: 'crypto_address', MAC_ADDRESS: 'mac', MEDICAL_LICENSE: 'medical_record',
  UK_NHS: 'uk_nhs', UK_NINO: 'uk_nino', ES_NIF: 'es_dni', IT_FISCAL_CODE: 'it_fiscal_code', IN_PAN: 'in_pan', IN_AADHAAR: 'in_aadhaar', AU_TFN: 'au_tfn',
  AU_MEDICARE: 'au_medicare', SG_NRIC_FIN: 'sg_nric', PL_PESEL: 'pl_pesel', FI_PERSONAL_IDENTITY_CODE: 'fi_hetu', KR_RRN: 'kr_rrn',
}

/** Sets in CoNLL columns: names of people and organisations. Places, products and works are not judged. */
export const conllLabels: Readonly<Record<string, Scored>> = { PER: 'person', PERSON: 'person', ORG: 'organisation', CORPORATION: 'organisation', GROUP: 'organisation' }
