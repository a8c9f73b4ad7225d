// What a definition says about other servers: the name of another's tool, or that tool's own name taken. Names are known from every
// definition that was ever seen of a configured server, so it does not matter which list came first.
import type { Flag } from './definition-flags.ts'
import { showHidden } from './show-text.ts'

export interface NamedTool { readonly server: string; readonly name: string; readonly firstSeen: number }

/** Words that can be names of tools and are no words of a language: with an underscore, hyphen, digit or inner capital. */
const isTelling = (name: string): boolean => name.length >= 5 && /[_\-0-9]|[a-z][A-Z]/.test(name)

const most = 1000

/** Words of texts that may be names of tools. */
export const mentionsOf = (texts: readonly { readonly text: string }[]): readonly string[] => {
  const found = new Set<string>()
  for (const { text } of texts) {
    for (const [word] of text.matchAll(/[A-Za-z0-9_][A-Za-z0-9_./-]*/g)) {
      const name = word.length > 200 ? '' : word.replace(/[./-]{1,200}$/, '')
      if (/[_\-./0-9]|[a-z][A-Z]/.test(name)) found.add(name)
      if (found.size >= most) return [...found]
    }
  }
  return [...found]
}

export class ToolNames {
  /** By the tool's own name. */
  readonly #tools = new Map<string, NamedTool[]>()
  /** By every form that tells which server is meant. */
  readonly #full = new Map<string, NamedTool>()

  constructor(tools: Iterable<NamedTool>) {
    for (const tool of tools) {
      const same = this.#tools.get(tool.name)
      if (same === undefined) this.#tools.set(tool.name, [tool])
      else same.push(tool)
      for (const joint of ['__', '/', '.']) this.#full.set(`${tool.server}${joint}${tool.name}`, tool)
    }
  }

  /** Who came later shadows who was there: a newcomer must not cast a doubt on what is known. */
  shadowing({ server, name, firstSeen }: NamedTool): Flag[] {
    const earlier = this.#tools.get(name)?.find(other => other.server !== server && (other.firstSeen < firstSeen || (other.firstSeen === firstSeen && other.server < server)))
    return earlier === undefined ? [] : [{ code: 'shadowing', reason: `has the name of a tool of server "${earlier.server}", which was known before` }]
  }

  /** @param own the name of what is being looked at: a name that is taken is shadowing, not a reference */
  crossReferences(server: string, own: string, mentions: readonly string[]): Flag[] {
    for (const word of mentions) {
      const full = this.#full.get(word)
      if (full !== undefined && full.server !== server) return [crossReference(full, word)]
      const others = isTelling(word) && word !== own ? this.#tools.get(word) ?? [] : []
      const [other] = others
      if (other !== undefined && others.every(tool => tool.server !== server)) return [crossReference(other, word)]
    }
    return []
  }
}

const crossReference = ({ server }: NamedTool, word: string): Flag => ({ code: 'cross_reference', reason: `speaks of ${showHidden(word)}, a tool of server "${server}"` })
