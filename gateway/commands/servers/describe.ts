// What an operator is shown before confirming: the exact command line or address, and where every secret comes from. Values of secrets
// are not here; what others wrote is made harmless for a terminal.
import type { Approval } from '../../../registry/approval.ts'
import type { SecretRef } from '../../../registry/secret-ref.ts'
import { showCommand, showText, showWord } from '../../../registry/show-text.ts'

type Values = Readonly<Record<string, string | SecretRef>>

const valueText = (value: string | SecretRef, hideValues: boolean): string => {
  if (typeof value === 'string') return hideValues ? 'as in the file' : showWord(value)
  return 'env' in value ? `from the environment variable ${showWord(value.env)}` : `from the file ${showWord(value.file)}`
}

const valueLines = (label: string, values: Values | undefined, hideValues: boolean): string[] =>
  Object.entries(values ?? {}).map(([name, value]) => `  ${label.padEnd(9)}${showWord(name)}: ${valueText(value, hideValues)}`)

const settings = ['environment', 'trust', 'sensitivity'] as const

interface Shown { readonly command?: string; readonly args?: readonly string[]; readonly url?: string; readonly env?: Values; readonly headers?: Values; readonly [setting: string]: unknown }

/** Lines about one entry, whether it is proposed or approved. */
export const describeServer = (name: string, { server, source, server_json: document, digests }: Approval): string[] => {
  const shown = server as Shown
  const hide = source.kind === 'client-file'
  return [
    name,
    ...document === null ? [] : [`  ${'server'.padEnd(9)}${showText(`${String(document['name'])} ${String(document['version'])}: ${String(document['description'])}`)}`],
    `  ${'from'.padEnd(9)}${showText(source.from)} (${source.kind})`,
    shown.url === undefined ? `  ${'runs'.padEnd(9)}${showCommand(shown.command ?? '', shown.args ?? [])}` : `  ${'calls'.padEnd(9)}${showWord(shown.url)}`,
    ...valueLines('env', shown.env, hide),
    ...valueLines('header', shown.headers, hide),
    ...settings.flatMap(key => typeof shown[key] === 'string' ? [`  ${key.padEnd(12)}${showText(shown[key])}`] : []),
    `  ${'digest'.padEnd(9)}${digests.server_json ?? digests.server}`,
  ]
}

/** Secrets that an entry needs and that are not there yet, by their variable. */
export const missingVariables = ({ server }: Approval, environment: NodeJS.ProcessEnv): string[] => {
  const { env = {}, headers = {} } = server as Shown
  return Object.values({ ...env, ...headers }).flatMap(value => typeof value === 'object' && 'env' in value && (environment[value.env] ?? '') === '' ? [value.env] : [])
}
