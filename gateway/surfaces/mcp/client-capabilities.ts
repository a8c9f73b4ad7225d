// What a client says that it can be asked, as far as the gateway carries it. Servers hear only this: a closed list of words, so that no
// client can make connections of ever new kinds.

import { tasksExtension } from '../../exchange/mcp-wire.ts'

const carried = { elicitation: ['form', 'url'], sampling: ['tools', 'context'], roots: [] } as const satisfies Record<string, readonly string[]>

export type AskedCapability = keyof typeof carried

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** @param declared `capabilities` of initialize, or the envelope's @returns JSON text, the same for all that declare the same */
export const carriedCapabilities = (declared: unknown): string => {
  if (!isRecord(declared)) return '{}'
  const kept = Object.entries(carried).flatMap(([name, parts]) => {
    const value = declared[name]
    return isRecord(value) ? [[name, Object.fromEntries(parts.filter(part => isRecord(value[part])).map(part => [part, {}]))]] : []
  })
  const extensions = declared['extensions']
  const tasks = isRecord(extensions) && isRecord(extensions[tasksExtension]) ? { extensions: { [tasksExtension]: {} } } : {}
  return JSON.stringify({ ...Object.fromEntries(kept), ...tasks })
}

const methods: Readonly<Record<string, AskedCapability>> = Object.assign(Object.create(null) as Record<string, AskedCapability>, {
  'elicitation/create': 'elicitation', 'sampling/createMessage': 'sampling', 'roots/list': 'roots',
})

/** The capability that a request of a server needs; undefined for what no server may ask. */
export const capabilityFor = (method: string): AskedCapability | undefined => methods[method]

/** @param capabilities as carriedCapabilities wrote it */
export const canBeAsked = (capabilities: string, capability: AskedCapability): boolean =>
  Object.hasOwn(JSON.parse(capabilities) as object, capability)
