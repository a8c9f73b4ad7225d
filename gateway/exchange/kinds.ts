// The kinds of sensitive data, in one table: what each is called in placeholders, and whether it is somebody's personal data or a secret.

/** `personal` puts the label "pii" on what holds it and `secret` the label "secret"; `plain` is found and counted, and by itself no reason for either. */
export type Nature = 'personal' | 'secret' | 'plain'

interface KindRow {
  /** In placeholders: at most eleven of A-Z and "_", or a placeholder would outgrow what streams hold back. */
  readonly stem: string
  readonly nature: Nature
}

const personal = (stem: string): KindRow => ({ stem, nature: 'personal' })
const secret = (stem: string): KindRow => ({ stem, nature: 'secret' })
const plain = (stem: string): KindRow => ({ stem, nature: 'plain' })

const table = {
  card: personal('CARD'), iban: personal('IBAN'), bank_routing: personal('ROUTING'), bank_account: personal('ACCOUNT'),
  email: personal('EMAIL'), phone: personal('PHONE'), ipv4: personal('IP'), ipv6: personal('IP'), mac: personal('MAC'), url: plain('URL'),
  us_ssn: personal('SSN'), us_itin: personal('ITIN'), uk_nino: personal('NINO'), uk_nhs: personal('NHS'), de_tax_id: personal('TAX_ID'),
  fr_nir: personal('NIR'), it_fiscal_code: personal('FISCAL'), es_dni: personal('DNI'), nl_bsn: personal('BSN'), pl_pesel: personal('PESEL'),
  se_personnummer: personal('PERSONNR'), in_aadhaar: personal('AADHAAR'), in_pan: personal('PAN'), br_cpf: personal('CPF'), br_cnpj: personal('CNPJ'),
  au_tfn: personal('TFN'), au_medicare: personal('MEDICARE'), ca_sin: personal('SIN'), ch_ahv: personal('AHV'), at_svnr: personal('SVNR'),
  be_nrn: personal('NRN'), dk_cpr: personal('CPR'), fi_hetu: personal('HETU'), no_fnr: personal('FNR'), pt_nif: personal('NIF'), ie_pps: personal('PPS'),
  kr_rrn: personal('RRN'), sg_nric: personal('NRIC'), za_id: personal('ZA_ID'), tr_tckn: personal('TCKN'), cn_id: personal('CN_ID'), jp_my_number: personal('MY_NUMBER'), mx_curp: personal('CURP'),
  national_id: personal('ID'), passport: personal('PASSPORT'), driver_licence: personal('LICENCE'), vehicle: personal('VEHICLE'),
  date_of_birth: personal('BIRTH_DATE'), address: personal('ADDRESS'), coordinates: personal('COORDS'), person: personal('PERSON'), organisation: personal('ORG'), location: plain('PLACE'),
  age: plain('AGE'), date: plain('DATE'), nationality: plain('NATIONALITY'), religion: plain('RELIGION'), politics: plain('POLITICS'), title: plain('TITLE'), bic: plain('BIC'),
  medical_record: personal('MRN'), username: personal('USER'), crypto_address: personal('WALLET'),
  jwt: secret('TOKEN'), private_key: secret('PRIVATE_KEY'), api_key: secret('API_KEY'), cloud_key: secret('CLOUD_KEY'), password: secret('PASSWORD'),
  url_credentials: secret('CREDENTIALS'), connection_string: secret('CONNECTION'), cookie: secret('COOKIE'),
} as const satisfies Readonly<Record<string, KindRow>>

export type BuiltInKind = keyof typeof table

/** `own:…` and `own-secret:…` are kinds that an operator defined. */
export type EntityKind = BuiltInKind | `own:${string}` | `own-secret:${string}`

/** All kinds that come with the gateway. */
export const builtInKinds = Object.keys(table) as readonly BuiltInKind[]

const ownSecret = secret('OWN_SECRET')
const own = personal('OWN')

const rowOf = (kind: EntityKind): KindRow => Object.hasOwn(table, kind) ? table[kind as BuiltInKind] : kind.startsWith('own-secret:') ? ownSecret : own

/** What placeholders of a kind are called. */
export const stemOf = (kind: EntityKind): string => rowOf(kind).stem

export const natureOf = (kind: EntityKind): Nature => rowOf(kind).nature

/** Secrets are never restored fuzzily. */
export const isSecret = (kind: EntityKind): boolean => rowOf(kind).nature === 'secret'

/** Kinds that many things look like: where another kind is as sure of the same piece of text, it is that. */
const vague: readonly string[] = ['phone', 'national_id', 'passport', 'driver_licence', 'bank_account', 'medical_record', 'username', 'vehicle', 'person', 'organisation', 'address', 'url', 'date', 'title'] satisfies readonly BuiltInKind[]

const ranks: ReadonlyMap<string, number> = new Map([...builtInKinds.filter(kind => !vague.includes(kind)), ...vague].map((kind, rank) => [kind, rank]))

/** The lower, the more a finding of this kind says where two are equally sure: first what an operator defined, then secrets, last what many things look like. */
export const specificity = (kind: EntityKind): number => (isSecret(kind) ? 0 : builtInKinds.length) + (ranks.get(kind) ?? -1)

/** Every stem that a placeholder can have, each once. */
export const stems: readonly string[] = [...new Set([...Object.values(table).map(({ stem }) => stem), own.stem, ownSecret.stem])]
