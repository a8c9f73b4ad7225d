// The ways to ask a detector: our own, Presidio's, and those of the servers that GLiNER models have.
import { z } from 'zod'
import { nemo, nim, serve } from './gliner.ts'
import { offsetUnits, toUtf16 } from './offsets.ts'
import { offset, score, type Protocol } from './protocol.ts'

export const protocolNames = ['portcullis', 'presidio', 'gliner', 'gliner_nim', 'gliner_serve'] as const
export type ProtocolName = (typeof protocolNames)[number]

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

export const protocols: Readonly<Record<ProtocolName, Protocol>> = { portcullis, presidio, gliner: nemo, gliner_nim: nim, gliner_serve: serve }
