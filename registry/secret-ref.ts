// A reference to a secret: the configuration names where it is, never what it is.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'

export const secretRefSchema = z.union([
  z.strictObject({ env: z.string().min(1).describe('Environment variable that holds the secret.').meta({ examples: ['OPENAI_API_KEY'] }) }),
  z.strictObject({ file: z.string().min(1).describe('File that holds the secret; surrounding white space is cut.').meta({ examples: ['/run/secrets/openai'] }) }),
]).meta({ examples: [{ env: 'OPENAI_API_KEY' }] })

export type SecretRef = z.infer<typeof secretRefSchema>

/**
 * The secret behind a reference.
 * @param base folder that relative file names start from.
 * @throws Error that names the variable or file, never a value
 */
export const resolveSecret = (ref: SecretRef, environment: NodeJS.ProcessEnv, base: string): string => {
  if ('env' in ref) {
    const value = environment[ref.env]
    if (value === undefined || value === '') throw new Error(`the environment variable ${ref.env} is not set`)
    return value
  }
  let value: string
  try {
    value = readFileSync(resolve(base, ref.file), 'utf8').trim()
  } catch {
    throw new Error(`the file ${ref.file} cannot be read`)
  }
  if (value === '') throw new Error(`the file ${ref.file} is empty`)
  return value
}
