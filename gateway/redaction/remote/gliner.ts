// The three servers that GLiNER models have: the one that NeMo Guardrails comes with, NVIDIA's NIM, and `gliner.serve` of the library itself.
// One text a call; offsets count code points, and each says the text that it found, so that wrong ones are noticed.
import { z } from 'zod'
import type { EntityKind } from '../../exchange/kinds.ts'
import { everywhere } from './everywhere.ts'
import { toUtf16, type SaidSpan } from './offsets.ts'
import { offset, score, type AskedText, type Protocol, type Said } from './protocol.ts'

const types: Readonly<Record<string, EntityKind | null>> = {
  person: 'person', name: 'person', first_name: 'person', last_name: 'person', organization: 'organisation', company_name: 'organisation', company: 'organisation', address: 'address', street_address: 'address', city: 'address', location: 'address', postcode: 'address',
  email: 'email', phone_number: 'phone', phone: 'phone', fax_number: 'phone', credit_debit_card: 'card', credit_card_number: 'card', account_number: 'bank_account', bank_routing_number: 'bank_routing', iban: 'iban',
  ssn: 'us_ssn', national_id: 'national_id', tax_id: 'national_id', passport_number: 'passport', certificate_license_number: 'driver_licence', license_plate: 'vehicle', vehicle_identifier: 'vehicle', date_of_birth: 'date_of_birth',
  coordinate: 'coordinates', medical_record_number: 'medical_record', health_plan_beneficiary_number: 'medical_record', user_name: 'username', ipv4: 'ipv4', ipv6: 'ipv6', mac_address: 'mac', url: 'url',
  password: 'password', api_key: 'api_key', pin: 'password', http_cookie: 'cookie',
}

interface Entity { readonly value: string; readonly type: string; readonly start: number; readonly end: number; readonly score: number }

/** Offsets that lead to something else than what they are said to lead to are wrong. */
const spansOf = (text: string, entities: readonly Entity[]): readonly SaidSpan[] | null => {
  const spans = toUtf16(text, 'codepoint', entities.map(({ end, score: surety, start, type }) => ({ type, start, end, score: surety })))
  return spans?.every(({ start, end }, index) => text.slice(start, end) === entities[index]?.value) === true ? spans : null
}

const ofEach = (texts: readonly AskedText[], entities: readonly Entity[], isOnce: boolean): Said => texts.map(({ text }) => {
  const spans = spansOf(text, entities)
  return spans === null || !isOnce ? spans : everywhere(text, spans)
})

/** Defaults of these servers, said aloud: long texts are cut into overlapping pieces of so many characters. */
const chunks = { chunk_length: 384, overlap: 128, flat_ner: false }

const extracted = z.object({ entities: z.array(z.object({ value: z.string(), suggested_label: z.string(), start_position: offset, end_position: offset, score })) })

/** examples/deployment/gliner_server of NeMo Guardrails. It tells each value of a label once, however often it stands there. */
export const nemo: Protocol = {
  path: '/v1/extract', mostTexts: 1, types,
  body: ([asked], { ask, minScore }) => ({ text: asked?.text ?? '', threshold: minScore, ...chunks, ...ask.length === 0 ? {} : { labels: ask } }),
  read: (answer, texts) => ofEach(texts, extracted.parse(answer).entities.map(({ end_position: end, score: surety, start_position: start, suggested_label: type, value }) => ({ value, type, start, end, score: surety })), true),
}

const found = z.object({ entities: z.array(z.object({ text: z.string(), label: z.string(), start: offset, end: offset, score })) })
const entitiesOf = (answer: unknown): Entity[] => found.parse(answer).entities.map(({ label: type, text: value, ...rest }) => ({ value, type, ...rest }))

const completion = z.object({ choices: z.array(z.object({ message: z.object({ content: z.string() }) })).length(1) })

/** NVIDIA's NIM, as nemoguardrails/library/gliner/request.py asks it: entities are the JSON text of a chat completion. */
export const nim: Protocol = {
  path: '/v1/chat/completions', mostTexts: 1, types,
  body: ([asked], { ask, minScore, model }) => ({ model, messages: [{ role: 'user', content: asked?.text ?? '' }], threshold: minScore, ...chunks, ...ask.length === 0 ? {} : { labels: ask } }),
  read: (answer, texts) => ofEach(texts, entitiesOf(JSON.parse(completion.parse(answer).choices[0]?.message.content ?? '')), true),
}

/** It has no labels of its own. */
const usualLabels = [
  'person', 'organization', 'address', 'email', 'phone number', 'credit card number', 'account number', 'ssn', 'national id', 'passport number', 'date of birth', 'medical record number', 'user name', 'password', 'api key',
] as const

/**
 * `python -m gliner.serve`. What is behind its longest text (`--max-model-len`, 2,048 words by default; most models were made for 384) it leaves
 * out and says nothing of it, so texts are cut into 384 characters here, which are never more words.
 */
export const serve: Protocol = {
  path: '/gliner', mostTexts: 1, types, pieces: { length: chunks.chunk_length, overlap: chunks.overlap },
  body: ([asked], { ask, minScore }) => ({ text: asked?.text ?? '', labels: ask.length === 0 ? usualLabels : ask, threshold: minScore, flat_ner: false, multi_label: false }),
  read: (answer, texts) => ofEach(texts, entitiesOf(answer), false),
}
