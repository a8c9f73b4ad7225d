// Loads configuration text from a real file. It holds no expectation.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError, type ConfigProblem } from '../../../gateway/config/config-error.ts'
import { loadConfig, type LoadedConfig, type LoadOptions } from '../../../gateway/config/load.ts'
import { scratchFolder, type CleansUp } from '../../support/scratch-folder.ts'

/** Writes the text as `portcullis.yaml` of an empty folder and loads it. */
export const loadText = (test: CleansUp, text: string, options: Partial<LoadOptions> = {}): LoadedConfig => {
  const cwd = scratchFolder(test)
  writeFileSync(join(cwd, 'portcullis.yaml'), text)
  return loadConfig({ file: null, cwd, environment: {}, ...options })
}

/** The problems that something throws; fails the test where it throws anything else, or nothing. */
export const problemsOf = async (run: () => unknown): Promise<readonly ConfigProblem[]> => {
  try {
    await run()
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    return error.problems
  }
  assert.fail('the configuration was accepted')
}
