// Did a model ask for this very tool call through this gateway, which one, and what had it read by then?
import type { Facts } from '../../policies/engine/contract.ts'
import type { AskedBy, CallBook } from '../exchange/model-call.ts'
import { noProvenance } from './facts.ts'
import type { ReceivedOperation } from './mcp-received.ts'

/** Claude Code says which tool call of its model it carries out. */
export const causedBy = 'claudecode/toolUseId'

const nobody: Facts['provenance'] = Object.freeze({ ...noProvenance, model_requested: false })

const idOf = ({ params }: ReceivedOperation['message']): string | null => {
  const meta = params?.['_meta']
  const id = typeof meta === 'object' && meta !== null ? (meta as Readonly<Record<string, unknown>>)[causedBy] : null
  return typeof id === 'string' ? id : null
}

/** Where tools are looked for, models ask for ours, with the name and arguments of the one that is meant. */
const asSaid = ({ operation: { args, target }, searching }: ReceivedOperation): readonly { readonly name: string; readonly args: unknown }[] => {
  const through = searching?.through ?? null
  if (through === null) return [{ name: target ?? '', args }]
  const outer = { name: through, args: { name: target, arguments: args ?? {} } }
  return args === null || Object.keys(args).length === 0 ? [outer, { name: through, args: { name: target } }] : [outer]
}

/** The model that asked for this very call; null where none did, and for all that is no tool call. */
export const askerOf = (received: ReceivedOperation, owner: string, calls: CallBook): AskedBy | null => {
  if (received.operation.kind !== 'tool.call') return null
  const id = idOf(received.message)
  for (const said of asSaid(received)) {
    const by = calls.askedBy(owner, { id, ...said })
    if (by !== null) return by
  }
  return null
}

export const provenanceOf = ({ operation }: ReceivedOperation, by: AskedBy | null): Facts['provenance'] => {
  if (operation.kind !== 'tool.call') return noProvenance
  return by === null ? nobody : { model_requested: true, model: by.model, labels: by.labels.labels, sensitivity: by.labels.sensitivity }
}
