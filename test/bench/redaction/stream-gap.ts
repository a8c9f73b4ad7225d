// What protecting data adds to the chunks of a stream: one gateway that has nothing to do, one that hides and restores, one that also looks at
// what the model says. All three are real processes, between the delta provider of the stream bench and its readers.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { spawnGateway } from '../../support/spawn-gateway.ts'
import { benchEnv, benchKey, streamsOnly } from '../configs.ts'
import { pinnedTo } from '../load.ts'
import { measureStreams, type StreamSubject, type StreamTable } from '../stream/streams.ts'
import { gatewayCore, loadCore, startPeer } from '../targets.ts'

export interface StreamGap { readonly folder: string; readonly quick: boolean; readonly say: (line: string) => void }

/** Settings under policy.settings.data. The deltas are stamped with long numbers, so that kinds of numbers are left alone. */
const subjects = [
  { id: 'off', label: 'nothing hidden, nothing looked at', data: '{pseudonymise: [], secrets: allow}', hides: false },
  { id: 'hiding', label: 'hiding and restoring', data: '{pseudonymise: [email]}', hides: true },
  { id: 'inspecting', label: 'hiding, restoring and looking at the answer', data: '{pseudonymise: [email], answers: {kinds: [email, api_key, cloud_key, jwt, private_key], action: mask}}', hides: true },
] as const

const model = 'bench'

/** Deltas 5 to 15 ms apart, several streams at once. */
export const measureStreamGap = async ({ folder, quick, say }: StreamGap): Promise<StreamTable> => {
  const provider = await startPeer('stream/delta-provider.ts', [], loadCore)
  await using stack = new AsyncDisposableStack()
  stack.defer(async () => { await provider.child.stop() })
  const dialect = 'openai'
  const direct: StreamSubject = { label: 'no gateway', plan: { url: provider.url, key: benchKey, dialect, model, hides: false }, pid: provider.child.pid, direct: null }
  const through: StreamSubject[] = []
  for (const { data, hides, id, label } of subjects) {
    const own = join(folder, id)
    mkdirSync(own)
    const gateway = stack.use(await spawnGateway({ folder: own, config: streamsOnly(provider.url, data), env: benchEnv, wrapper: pinnedTo(gatewayCore) }))
    through.push({ label, plan: { url: gateway.url, key: benchKey, dialect, model: 'to-openai', hides, restores: hides }, pid: gateway.child.pid, direct })
  }
  return await measureStreams({ streams: 16, deltas: 64 }, [direct, ...through], { rounds: quick ? 1 : 3, roundMs: quick ? 1500 : 4000, say })
}
