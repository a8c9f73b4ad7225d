// Exposed names of tools and prompts: `server__name` within what every model provider accepts. They are looked up, never parsed back.
import { hash } from 'node:crypto'

const longest = 64
const legal = /^[a-zA-Z0-9_-]+$/
const markLength = 8

/** Would every model provider take it as it is? */
export const isLegalName = (name: string): boolean => name.length <= longest && legal.test(name)

/**
 * The name that clients see. A name with other characters, or too long with its prefix, is cut and marked with a hash of the original,
 * so that equal originals stay equal and different ones stay apart.
 */
export const exposedName = (server: string, original: string): string => {
  const plain = `${server}__${original}`
  if (isLegalName(plain)) return plain
  const mark = hash('sha256', original, 'hex').slice(0, markLength)
  const readable = plain.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, longest - markLength - 1)
  return `${readable}_${mark}`
}
