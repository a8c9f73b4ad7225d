// Finds the pinned OPA, or builds it with Go. Running the gateway never needs it; compiling Rego does.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PolicyError } from '../engine/policy-error.ts'

export const opaVersion = '1.22.2'
const run = promisify(execFile)

const cacheFolder = (environment: NodeJS.ProcessEnv): string =>
  join(environment.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'portcullis', `opa-${opaVersion}`)

const versionOf = async (opa: string): Promise<string | null> => {
  try {
    return /Version: (\S+)/.exec((await run(opa, ['version'])).stdout)?.[1] ?? null
  } catch {
    return null
  }
}

const howToGetIt = `OPA ${opaVersion} was not found. Put it on PATH, name it in OPA_BIN, or install Go 1.25 or newer and run \`npm run policy\` (it builds OPA once, in about a minute).`

/** An OPA of the pinned version that is already here, or null. */
export const findOpa = async (environment: NodeJS.ProcessEnv): Promise<string | null> => {
  const named = environment.OPA_BIN
  const candidates = named === undefined ? ['opa', join(cacheFolder(environment), 'opa')] : [named]
  for (const candidate of candidates) if (await versionOf(candidate) === opaVersion) return candidate
  if (named !== undefined) throw new PolicyError('compile', `OPA_BIN names ${named}, which is not OPA ${opaVersion}`)
  return null
}

/** Finds OPA or builds it with Go. @throws PolicyError that says how to get it */
export const obtainOpa = async (environment: NodeJS.ProcessEnv, say: (message: string) => void): Promise<string> => {
  const found = await findOpa(environment)
  if (found !== null) return found
  const folder = cacheFolder(environment)
  mkdirSync(folder, { recursive: true })
  say(`building OPA ${opaVersion} with Go (once, about a minute)`)
  try {
    await run('go', ['install', `github.com/open-policy-agent/opa@v${opaVersion}`], { env: { ...environment, GOBIN: folder, GOFLAGS: '-mod=mod' }, maxBuffer: 1 << 24 })
  } catch (cause) {
    throw new PolicyError('compile', howToGetIt, cause)
  }
  const built = join(folder, 'opa')
  if (!existsSync(built) || await versionOf(built) !== opaVersion) throw new PolicyError('compile', howToGetIt)
  return built
}
