// What an operator confirmed, and the digests that hold it: an entry that is no longer what was confirmed is refused when it is loaded.
import { hash } from 'node:crypto'
import { z } from 'zod'
import type { WrittenServer } from './build-launch.ts'
import { canonicalJson } from './canonical-json.ts'
import { checkLaunch } from './check-launch.ts'
import type { RegistryProblem } from './registry.ts'
import { serverJsonSchema } from './server-json.ts'

const serverName = /^[a-z0-9-]{1,24}$/
const nameRemedy = 'server names must be 1 to 24 of a-z, 0-9 and "-"'
const digest = z.string().regex(/^sha256:[a-f0-9]{64}$/)

export const approvalSchema = z.strictObject({
  source: z.strictObject({
    kind: z.enum(['client-file', 'server-json', 'registry']),
    /** File, folder or URL that it was read from. */
    from: z.string(),
  }),
  approved_at: z.iso.datetime(),
  /** The registry's document as it was approved; null for imports from a client. */
  server_json: z.record(z.string(), z.unknown()).nullable(),
  /** An entry of mcp_servers. */
  server: z.record(z.string(), z.unknown()),
  digests: z.strictObject({ server: digest, server_json: digest.nullable() }),
})
export type Approval = z.infer<typeof approvalSchema>

export const approvalsSchema = z.strictObject({
  format: z.literal(1),
  servers: z.record(z.string().regex(serverName, nameRemedy), approvalSchema),
})
export type Approvals = z.infer<typeof approvalsSchema>

/** SHA-256 over the canonical JSON (RFC 8785) of a value. */
export const digestOf = (value: unknown): string => `sha256:${hash('sha256', canonicalJson(value), 'hex')}`

/** The name belongs to what was approved: policies grant by it. */
const serverDigest = (name: string, server: unknown): string => digestOf({ name, server })

export interface ApproveInput {
  readonly name: string
  readonly server: WrittenServer & Readonly<Record<string, unknown>>
  readonly serverJson: Readonly<Record<string, unknown>> | null
  readonly source: Approval['source']
  readonly now: Date
}

/** The record of a confirmation that has just been given. */
export const approve = ({ name, server, serverJson, source, now }: ApproveInput): Approval => ({
  source, approved_at: now.toISOString(), server_json: serverJson, server,
  digests: { server: serverDigest(name, server), server_json: serverJson === null ? null : digestOf(serverJson) },
})

const changed = (name: string, field: string, is: string, was: string | null): RegistryProblem => ({
  path: `servers.${name}.${field}`, problem: `is not what was approved: its digest is ${is}, approved was ${was ?? 'none'}`,
  remedy: `look at it with "portcullis servers show ${name}", then "servers remove ${name}" and approve it again`,
})

/** What speaks against loading an approved entry now; the rules of today apply, not those of the day it was approved. */
export const approvalProblems = (name: string, approval: Approval, launchers: readonly string[]): readonly RegistryProblem[] => {
  const { server, server_json: document, digests } = approval
  if (!serverName.test(name)) return [{ path: `servers.${JSON.stringify(name)}`, problem: nameRemedy, remedy: '--name weather' }]
  const serverIs = serverDigest(name, server)
  const documentIs = document === null ? null : digestOf(document)
  if (serverIs !== digests.server) return [changed(name, 'server', serverIs, digests.server)]
  if (documentIs !== digests.server_json) return [changed(name, 'server_json', documentIs ?? 'none', digests.server_json)]
  const shape = document === null ? [] : serverJsonSchema.safeParse(document).error?.issues ?? []
  return [
    ...shape.map(({ path, message }) => ({ path: `servers.${name}.server_json.${path.map(String).join('.')}`, problem: message, remedy: `"portcullis servers remove ${name}"` })),
    ...checkLaunch(server, launchers).map(problem => ({ ...problem, path: `servers.${name}.server.${problem.path}` })),
  ]
}
