// `npm run policy`: format, strict check, tests and build of the shipped Rego with real OPA. `--check` changes nothing and fails when the
// checked-in bundle, schema or capabilities are not what a rebuild gives.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { factsJsonSchema } from '../engine/facts-schema.ts'
import { shippedBundle } from '../engine/load-policy.ts'
import { PolicyError } from '../engine/policy-error.ts'
import { capabilitiesText } from './capabilities.ts'
import { checkRego, compilePolicy, regoFolder, runOpa } from './compile.ts'
import { obtainOpa } from './find-opa.ts'

const put = (file: string, content: string | Uint8Array, checkOnly: boolean): boolean => {
  const current = existsSync(file) ? readFileSync(file) : null
  if (current !== null && current.equals(Buffer.from(content))) return true
  if (checkOnly) {
    console.error(`stale: ${file} is not what a rebuild gives; run \`npm run policy\` and commit the result`)
    return false
  }
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, content)
  return true
}

const steps = async (checkOnly: boolean): Promise<boolean> => {
  const opa = await obtainOpa(process.env, message => { console.log(message) })
  const prepared = [
    put(join(regoFolder, 'facts.schema.json'), factsJsonSchema(), checkOnly),
    put(join(regoFolder, 'capabilities.json'), capabilitiesText(await runOpa(opa, ['capabilities', '--current'])), checkOnly),
  ]
  await runOpa(opa, ['fmt', '--list', '--fail', regoFolder])
  await checkRego(opa, [regoFolder])
  console.log((await runOpa(opa, ['test', regoFolder, '--ignore', '*.json'])).trim())
  const { wasm, manifest } = await compilePolicy([], opa)
  const built = [
    put(join(shippedBundle, 'policy.wasm'), wasm, checkOnly),
    put(join(shippedBundle, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`, checkOnly),
  ]
  if ([...prepared, ...built].includes(false)) return false
  console.log(`policy bundle ${manifest.revision.slice(0, 16)}: ${wasm.length} bytes, reads ${manifest.inputs.length} input paths`)
  return true
}

try {
  process.exitCode = await steps(process.argv.includes('--check')) ? 0 : 1
} catch (error) {
  console.error(error instanceof PolicyError ? error.message : error)
  process.exitCode = 1
}
