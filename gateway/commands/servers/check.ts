// Asks registries again about what was approved from them: is the version still there, still the same, still advised? It changes nothing.
import { digestOf, type Approval } from '../../../registry/approval.ts'
import { officialMeta } from '../../../registry/server-json.ts'
import { showText } from '../../../registry/show-text.ts'
import type { RegistrySource } from '../../upstream/registry-source.ts'
import type { Command } from '../command.ts'
import { openApproved } from './approved-servers.ts'
import { asking } from './registry-of.ts'

interface Verdict { readonly bad: boolean; readonly text: string }

const judge = async (approval: Approval, document: Readonly<Record<string, unknown>>, registry: RegistrySource): Promise<Verdict> => {
  const [name, version] = [String(document['name']), String(document['version'])]
  const found = await registry.find(name, version)
  if (found === undefined) return { bad: true, text: `${version} is gone from the registry` }
  const { status = 'active', statusMessage = '' } = found.response._meta?.[officialMeta] ?? {}
  if (digestOf(found.document) !== approval.digests.server_json) return { bad: true, text: `${version} is not what was approved: the registry now describes it otherwise` }
  if (status !== 'active') return { bad: status === 'deleted', text: `${version} is ${status}${statusMessage === '' ? '' : `: ${statusMessage}`}` }
  const latest = (await registry.find(name, null))?.response.server.version ?? version
  return { bad: false, text: latest === version ? `${version} is the latest` : `${version} is unchanged; the latest is ${latest}` }
}

/** Exit code 1 when a version is gone, deleted or changed, or could not be asked for. */
export const serversCheck: Command = async options => {
  const { approved } = openApproved(options)
  let bad = false
  for (const [name, approval] of approved.servers) {
    const { source, server_json: document } = approval
    if (source.kind !== 'registry' || document === null) continue
    const verdict = await asking(source.from, registry => judge(approval, document, registry))
      .catch((error: unknown): Verdict => ({ bad: true, text: `${source.from} could not be asked: ${error instanceof Error ? error.message : String(error)}` }))
    bad ||= verdict.bad
    process.stdout.write(`${name.padEnd(25)}${verdict.bad ? 'LOOK  ' : ''}${showText(verdict.text)}\n`)
  }
  return bad ? 1 : 0
}
