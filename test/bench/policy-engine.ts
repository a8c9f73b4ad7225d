// Opens the shipped policy bundle for the bench, with the bench's own settings.
import { join } from 'node:path'
import type { PolicyEngine } from '../../policies/engine/contract.ts'

const engineFolder = join(import.meta.dirname, '../../policies/engine')

interface EngineModule {
  readonly loadBundle: (path: string) => unknown
  readonly createEngine: (bundle: unknown, settings: unknown, options: object) => Promise<PolicyEngine>
}

/** The engine as the gateway builds it, with default settings. @throws when there is no engine or bundle to open */
export const openBenchPolicy = async (): Promise<PolicyEngine> => {
  const file = join(engineFolder, 'engine.ts')
  const { loadBundle, createEngine } = await import(file) as EngineModule
  return createEngine(await loadBundle(join(engineFolder, '../bundle')), {}, {})
}
