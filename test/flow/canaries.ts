// Values that are put everywhere and must turn up nowhere, and everything that the gateway writes down. A value is looked for as it is and in
// the forms that software gives to texts.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OtlpCollector } from '../support/otlp-collector.ts'
import type { World } from './setup.ts'

// Put together here, so that no scanner takes this file for a leak.
const awsKey = (rest: string): string => ['AKIA', rest].join('')

export interface Canary { readonly text: string; readonly values: readonly string[] }

const canary = (name: string, key: string, word: string | null): Canary => {
  const values = [`${name}@canary.example`, awsKey(key)]
  return { text: `${word ?? ''} ${values.join(' ')}`.trim(), values: word === null ? values : [...values, word] }
}

/** What is said. No word of it may be written down. */
export const said = canary('anna.said', 'Q3EGRIJ4TBWLXZ7M', 'kanarienvogel')
/** What a model or a server answers. */
export const answered = canary('bert.answered', 'R4FHSJK5UCXMYA2N', 'zaunkoenig')
/** Names that the caller makes up: they are written down, but no value in them is. */
export const named = canary('cleo.named', 'S5GITKL6VDYNZB3O', null)
/** In headers and addresses. */
export const carried = canary('dora.carried', 'T6HJULM7WEZOAC4P', null)

export const canaries: Readonly<Record<string, Canary>> = { said, answered, named, carried }

const escaped = (value: string): string => Array.from(value, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')

/** The whole groups of three bytes that a value has in base64, wherever it begins in what was encoded. */
const inBase64 = (value: string): string[] => [0, 1, 2].map(offset => {
  const encoded = Buffer.from(`${'x'.repeat(offset)}${value}`).toString('base64')
  return encoded.slice(offset === 0 ? 0 : 4, -4)
})

const formsOf = (value: string): Readonly<Record<string, string>> => ({
  plain: value, hex: Buffer.from(value).toString('hex'), url: encodeURIComponent(value), escaped: escaped(value), reversed: Array.from(value).reverse().join(''), utf16: Array.from(value).join('\0'),
  ...Object.fromEntries(inBase64(value).map((text, at) => [`base64 ${at}`, text])), ...Object.fromEntries(inBase64(value).map((text, at) => [`base64url ${at}`, text.replaceAll('+', '-').replaceAll('/', '_')])),
})

/** Which canaries a text holds, each with its form and what stands around it. */
export const foundIn = (text: string): string[] => {
  const lower = text.toLowerCase()
  return Object.entries(canaries).flatMap(([which, { values }]) => values.flatMap(value => Object.entries(formsOf(value)).flatMap(([form, wanted]) => {
    const at = form.startsWith('base64') ? text.indexOf(wanted) : lower.indexOf(wanted.toLowerCase())
    return at === -1 ? [] : [`${which} (${form}) in …${text.slice(Math.max(0, at - 120), at + wanted.length + 40)}…`]
  })))
}

const json = (value: unknown): string => JSON.stringify(value, (_key, inner: unknown) => typeof inner === 'bigint' ? String(inner) : inner)

/** Every place where the gateway writes something down, by name. Stops the gateway: what is buffered is written then. */
export const sinksOf = async (world: World, collector: OtlpCollector): Promise<Readonly<Record<string, string>>> => {
  const metrics = await world.metrics()
  const status = await (await world.admin('/status')).text()
  await world.close()
  const folder = join(world.folder, 'data')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  return {
    metrics, status, log: world.log.join('\n'), traces: json(collector.spans),
    ...Object.fromEntries(files.map(entry => [entry.name, readFileSync(join(entry.parentPath, entry.name), 'latin1')])),
  }
}
