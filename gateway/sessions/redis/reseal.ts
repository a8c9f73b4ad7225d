// Seals what a shared state holds with the first key of this gateway's ring, one row at a time: gateways go on working meanwhile, because each of
// them opens rows of either key. First the state is told which key seals from now on; who is told no changes nothing.
import { setTimeout as after } from 'node:timers/promises'
import { isNoteKind } from '../../exchange/notes.ts'
import { boundTo } from '../note-marks.ts'
import type { Sealing } from '../stable-keys.ts'
import type { RedisLink } from './link.ts'

/** `<prefix>:{<owner>}:v:<session>` (redis-store.ts). */
const sessionOf = (prefix: string, name: string): string | null => /^\{[^}]*\}:v:([^]+)$/.exec(name.slice(prefix.length + 1))?.[1] ?? null

const resealVault = async (link: RedisLink, keys: Sealing, name: string, session: string): Promise<number> => {
  let resealed = 0
  const rows = await link.rows(name)
  for (const [index, row] of rows.entries()) {
    const [placeholder = '', kind = '', sealed = ''] = row.split(' ')
    const bound = `${session} ${placeholder}`
    const { isOld, text } = keys.open(bound, Buffer.from(sealed, 'base64'))
    if (!isOld) continue
    // Nothing is changed where the vault was forgotten, or another gateway did the same, since it was read.
    resealed += await link.run('portcullisReseal', name, index, row, `${placeholder} ${kind} ${keys.seal(bound, text).toString('base64')}`) as number
  }
  return resealed
}

const resealVaults = async (link: RedisLink, prefix: string, keys: Sealing): Promise<number> => {
  let resealed = 0
  for await (const name of link.names(`${prefix}:*:v:*`)) {
    const session = sessionOf(prefix, name)
    if (session !== null) resealed += await resealVault(link, keys, name, session)
  }
  return resealed
}

/** `<prefix>:{<owner>}:n:r` (note-scripts.ts). */
const ownerOfNotes = (prefix: string, name: string): string | null => /^\{([^}]*)\}:n:r$/.exec(name.slice(prefix.length + 1))?.[1] ?? null

const resealRow = async (link: RedisLink, keys: Sealing, owner: string, { name, field, row }: { readonly name: string; readonly field: string; readonly row: string }): Promise<number> => {
  const [number = '', sealed = ''] = row.split(' ')
  const split = field.indexOf(':')
  const [kind, id] = [field.slice(0, split), field.slice(split + 1)]
  if (!isNoteKind(kind)) return 0
  const bound = boundTo(owner, { kind, id })
  const { bytes, isOld } = keys.openBytes(bound, Buffer.from(sealed, 'base64'))
  return isOld ? await link.run('portcullisSwap', name, field, row, `${number} ${keys.seal(bound, bytes).toString('base64')}`) as number : 0
}

const resealNotes = async (link: RedisLink, prefix: string, keys: Sealing): Promise<number> => {
  let resealed = 0
  for await (const name of link.names(`${prefix}:*:n:r`)) {
    const owner = ownerOfNotes(prefix, name)
    if (owner === null) continue
    for await (const [field, row] of link.fields(name)) resealed += await resealRow(link, keys, owner, { name, field, row })
  }
  return resealed
}

/**
 * @param noticedMs time in which every gateway that works has asked which key seals: what it sealed before with the older one is found afterwards
 * @returns how many rows were sealed anew @throws Failure state.unavailable, Error where a row fits none of the keys
 */
export const resealAll = async (link: RedisLink, prefix: string, keys: Sealing, noticedMs: number): Promise<number> => {
  const isNew = await link.withKeys((shared, commands) => shared.lead(commands))
  await link.withKeys((shared, commands) => shared.reseal(commands))
  const all = async (): Promise<number> => await resealVaults(link, prefix, keys) + await resealNotes(link, prefix, keys)
  const resealed = await all()
  if (!isNew) return resealed
  await after(noticedMs)
  return resealed + await all()
}
