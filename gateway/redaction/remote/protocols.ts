// The three ways to ask a detector: our own, Presidio's, and that of a GLiNER server. Each makes the request for some texts and reads what is
// said of each of them; whatever it cannot read counts as not looked at.
import { z } from 'zod'
import type { EntityKind } from '../../exchange/kinds.ts'
import { toUtf16, offsetUnits, type SaidSpan } from './offsets.ts'
import type { TextSource } from './text-source.ts'

export const protocolNames = ['portcullis', 'presidio', 'gliner'] as const
export type ProtocolName = (typeof protocolNames)[number]

export interface AskedText {
  /** Well-formed: without halves of surrogate pairs, and as long as the text that it stands for. */
  readonly text: string
  readonly source: TextSource
  readonly key: string | null
  readonly path: readonly (string | number)[]
}

export interface Asking { readonly language: string; readonly ask: readonly string[]; readonly minScore: number }

/** What was said of each text, in UTF-16 offsets; null: nothing that can be used. */
export type Said = readonly (readonly SaidSpan[] | null)[]

export interface Protocol {
  readonly path: string
  /** Most texts in one call. */
  readonly mostTexts: number
  /** Types in lower case, and what they are here; null: not wanted unless the operator says so. */
  readonly types: Readonly<Record<string, EntityKind | null>>
  body(texts: readonly AskedText[], asking: Asking): unknown
  /** @throws Error where the whole answer is of no use */
  read(answer: unknown, texts: readonly AskedText[]): Said
}

const score = z.number()
const offset = z.number()

const ownAnswer = z.object({
  results: z.array(z.object({ id: z.string(), spans: z.array(z.object({ start: offset, end: offset, type: z.string(), score })) })),
  offset_unit: z.enum(offsetUnits),
})

const portcullis: Protocol = {
  path: '/v1/detect', mostTexts: Infinity,
  types: {},
  body: (texts, { ask, language, minScore }) => ({
    texts: texts.map(({ text, source, path, key }, index) => ({ id: String(index), text, lang: language, labels: ask, context: { source, path: path.join('.'), key } })),
    min_score: minScore,
  }),
  read: (answer, texts) => {
    const { offset_unit: unit, results } = ownAnswer.parse(answer)
    const byId = new Map(results.map(({ id, spans }) => [id, spans]))
    // Two answers about one text: which of them is meant?
    if (byId.size !== results.length) throw new Error('the same id twice')
    return texts.map(({ text }, index) => {
      const spans = byId.get(String(index))
      return spans === undefined ? null : toUtf16(text, unit, spans)
    })
  },
}

const presidioSpans = z.array(z.object({ entity_type: z.string(), start: offset, end: offset, score }))

const presidio: Protocol = {
  path: '/analyze', mostTexts: Infinity,
  types: {
    credit_card: 'card', iban_code: 'iban', us_bank_number: 'bank_account', aba_routing_number: 'bank_routing', email_address: 'email', phone_number: 'phone', ip_address: 'ipv4', mac_address: 'mac', url: 'url',
    us_ssn: 'us_ssn', us_itin: 'us_itin', us_passport: 'passport', us_driver_license: 'driver_licence', uk_nhs: 'uk_nhs', uk_nino: 'uk_nino', de_tax_id: 'de_tax_id', it_fiscal_code: 'it_fiscal_code',
    it_driver_license: 'driver_licence', it_passport: 'passport', it_identity_card: 'national_id', es_nif: 'es_dni', es_nie: 'es_dni', pl_pesel: 'pl_pesel', fi_personal_identity_code: 'fi_hetu',
    in_aadhaar: 'in_aadhaar', in_pan: 'in_pan', in_passport: 'passport', in_voter: 'national_id', in_vehicle_registration: 'vehicle', au_tfn: 'au_tfn', au_medicare: 'au_medicare', sg_nric_fin: 'sg_nric', kr_rrn: 'kr_rrn',
    crypto: 'crypto_address', person: 'person', location: 'address', organization: 'organisation', medical_license: 'national_id',
    // Dates of all sorts, and groups of people: seldom of use, and most of what a model finds.
    date_time: null, nrp: null,
  },
  body: (texts, { ask, language, minScore }) => ({
    // One text goes as a string: older versions take no lists.
    text: texts.length === 1 ? texts[0]?.text : texts.map(({ text }) => text),
    language, score_threshold: minScore, ...ask.length === 0 ? {} : { entities: ask },
  }),
  read: (answer, texts) => {
    const lists = texts.length === 1 && !(Array.isArray(answer) && Array.isArray(answer[0])) ? [answer] : answer
    if (!Array.isArray(lists) || lists.length !== texts.length) throw new Error('not as many answers as texts')
    return texts.map(({ text }, index) => {
      const spans = presidioSpans.safeParse(lists[index])
      return spans.success ? toUtf16(text, 'codepoint', spans.data.map(({ entity_type: type, ...rest }) => ({ type, ...rest }))) : null
    })
  },
}

const glinerAnswer = z.object({ entities: z.array(z.object({ value: z.string(), suggested_label: z.string(), start_position: offset, end_position: offset, score })) })

/** Defaults of the server, said aloud: long texts are cut into overlapping pieces. */
const glinerChunks = { chunk_length: 384, overlap: 128, flat_ner: false }

const gliner: Protocol = {
  path: '/v1/extract', mostTexts: 1,
  types: {
    person: 'person', name: 'person', first_name: 'person', last_name: 'person', organization: 'organisation', company_name: 'organisation', company: 'organisation', address: 'address', street_address: 'address', city: 'address', location: 'address', postcode: 'address',
    email: 'email', phone_number: 'phone', phone: 'phone', fax_number: 'phone', credit_debit_card: 'card', credit_card_number: 'card', account_number: 'bank_account', bank_routing_number: 'bank_routing', iban: 'iban',
    ssn: 'us_ssn', national_id: 'national_id', tax_id: 'national_id', passport_number: 'passport', certificate_license_number: 'driver_licence', license_plate: 'vehicle', vehicle_identifier: 'vehicle', date_of_birth: 'date_of_birth',
    coordinate: 'coordinates', medical_record_number: 'medical_record', health_plan_beneficiary_number: 'medical_record', user_name: 'username', ipv4: 'ipv4', ipv6: 'ipv6', mac_address: 'mac', url: 'url',
    password: 'password', api_key: 'api_key', pin: 'password', http_cookie: 'cookie',
  },
  body: ([asked], { ask, minScore }) => ({ text: asked?.text ?? '', threshold: minScore, ...glinerChunks, ...ask.length === 0 ? {} : { labels: ask } }),
  read: (answer, texts) => {
    const { entities } = glinerAnswer.parse(answer)
    return texts.map(({ text }) => {
      const spans = toUtf16(text, 'codepoint', entities.map(entity => ({ type: entity.suggested_label, start: entity.start_position, end: entity.end_position, score: entity.score })))
      // It says what it found: offsets that lead to something else are wrong.
      return spans?.every(({ start, end }, index) => text.slice(start, end) === entities[index]?.value) === true ? spans : null
    })
  },
}

export const protocols: Readonly<Record<ProtocolName, Protocol>> = { portcullis, presidio, gliner }
