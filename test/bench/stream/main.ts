// The stream figures: the provider itself, passthrough, and translation, with and without restoring. Writes results/stream.md.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { modelSurfaces } from '../../../gateway/surfaces/model-surfaces.ts'
import { spawnGateway } from '../../support/spawn-gateway.ts'
import { benchEnv, benchKey, streamsOnly } from '../configs.ts'
import { pinnedTo } from '../load.ts'
import type { Origin } from '../mcp/report.ts'
import { gatewayCore, loadCore, startPeer } from '../targets.ts'
import { streamReportText } from './report.ts'
import { measureStreams, type StreamSubject, type StreamTable } from './streams.ts'

export interface StreamBench {
  /** Empty, for the gateway's files. */
  readonly folder: string
  readonly quick: boolean
  readonly origin: Omit<Origin, 'method'>
  readonly setting: string
  readonly say: (line: string) => void
}

/** Callers and providers; those whose dialect the gateway does not serve are left out. */
const pairs = [
  ['openai', 'openai'], ['anthropic', 'openai'], ['openai-responses', 'openai'], ['gemini', 'openai'],
  ['anthropic', 'anthropic'], ['openai', 'anthropic'], ['openai-responses', 'anthropic'], ['gemini', 'anthropic'],
] as const

const names: Readonly<Record<string, string>> = { 'openai': 'chat completions', 'openai-responses': 'Responses', 'anthropic': 'Messages', 'gemini': 'Gemini' }

interface Peers { readonly providerUrl: string; readonly providerPid: number; readonly gatewayUrl: string; readonly gatewayPid: number }

const subjectsOf = ({ gatewayPid, gatewayUrl, providerPid, providerUrl }: Peers): StreamSubject[] => {
  const served = pairs.filter(([caller]) => Object.hasOwn(modelSurfaces, caller))
  return ['openai', 'anthropic'].flatMap(provider => {
    const direct: StreamSubject = { label: `${names[provider] ?? provider}, no gateway`, plan: { url: providerUrl, key: benchKey, dialect: provider, model: 'bench', hides: false }, pid: providerPid, direct: null }
    const through = served.filter(([, to]) => to === provider).flatMap(([caller]) => [false, true].map((hides): StreamSubject => ({
      label: `${names[caller] ?? caller} → ${names[provider] ?? provider}${hides ? ', restoring' : ''}`,
      plan: { url: gatewayUrl, key: benchKey, dialect: caller, model: `to-${provider}`, hides, restores: hides }, pid: gatewayPid, direct,
    })))
    return [direct, ...through]
  })
}

/** Measures and writes results/stream.md. */
export const runStreamBench = async ({ folder, origin, quick, say, setting }: StreamBench): Promise<void> => {
  const provider = await startPeer('stream/delta-provider.ts', [], loadCore)
  try {
    await using gateway = await spawnGateway({ folder, config: streamsOnly(provider.url), env: benchEnv, wrapper: pinnedTo(gatewayCore) })
    const subjects = subjectsOf({ providerUrl: provider.url, providerPid: provider.child.pid, gatewayUrl: gateway.url, gatewayPid: gateway.child.pid })
    const rounds = { rounds: quick ? 1 : 3, roundMs: quick ? 700 : 3000, say }
    const tables: StreamTable[] = []
    // Short ones where one comes after the other: there the first delta is what counts, and there are to be many.
    const loads = [{ streams: 1, deltas: 4 }, { streams: 16, deltas: 64 }, ...quick ? [] : [{ streams: 64, deltas: 64 }]]
    for (const load of loads) tables.push(await measureStreams(load, subjects, rounds))
    const method = `${setting}; ${rounds.rounds} interleaved rounds of ${rounds.roundMs / 1000} s after a warm-up, medians`
    const report = streamReportText({ ...origin, method }, tables)
    const results = join(import.meta.dirname, '../results')
    mkdirSync(results, { recursive: true })
    writeFileSync(join(results, 'stream.md'), report)
    console.log(report)
  } finally {
    await provider.child.stop()
  }
}
