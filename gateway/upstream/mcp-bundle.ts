// What a virtual server shows of the lists of its servers: the chosen entries, under their names in the bundle. Pure; made once per
// generation, so that catalogs can tell bundles apart by identity.
import type { Chosen, ChosenKind } from '../../registry/virtual-server.ts'
import { matchesGlob } from '../../router/glob.ts'
import { splice, type Edit } from '../exchange/document.ts'
import { exposedName, isLegalName } from './mcp-names.ts'
import type { EntryKind, ListedEntry } from './mcp-server-lists.ts'

/** An entry with the name that clients see, and its text under that name. */
export interface Shown { readonly server: string; readonly listed: ListedEntry; readonly exposed: string; readonly text: string }

const kindOf: Readonly<Record<EntryKind, ChosenKind>> = { tool: 'tool', prompt: 'prompt', resource: 'resource', template: 'resource' }

interface Pick { readonly server: string; readonly listed: ListedEntry; readonly chosen: Chosen }

/** Puts name and description into the entry's own text; what the bundle says nothing about stays as the server wrote it. */
const retold = ({ descriptionSpan, nameSpan, originalName, rawText }: ListedEntry, name: string, description: string | null): string => {
  const edits: Edit[] = name === originalName || nameSpan === null ? [] : [{ ...nameSpan, text: JSON.stringify(name) }]
  if (description !== null && descriptionSpan !== null) edits.push({ ...descriptionSpan, text: JSON.stringify(description) })
  // An entry has a name at least, so a comma follows.
  else if (description !== null) edits.push({ start: 1, end: 1, text: `"description":${JSON.stringify(description)},` })
  return splice(rawText, edits)
}

export class Bundle {
  readonly #chosen: readonly Chosen[]

  constructor(chosen: readonly Chosen[]) { this.#chosen = chosen }

  /** Servers that it takes anything from. */
  get servers(): readonly string[] { return [...new Set(this.#chosen.map(({ server }) => server))] }

  /** The chosen ones among all entries of its servers, in their order. Tools and prompts that share a name get their server's prefix. */
  show(entries: readonly { readonly server: string; readonly listed: ListedEntry }[]): Shown[] {
    const picks = entries.flatMap(({ server, listed }): Pick[] => {
      const chosen = this.#find(kindOf[listed.kind], server, listed.originalName)
      return chosen === undefined ? [] : [{ server, listed, chosen }]
    })
    const shared = sharedNames(picks)
    return picks.map(({ server, listed, chosen }) => {
      const isNamed = listed.kind === 'tool' || listed.kind === 'prompt'
      const own = isLegalName(listed.originalName) && !shared.has(`${listed.kind} ${listed.originalName}`) ? listed.originalName : exposedName(server, listed.originalName)
      const exposed = isNamed ? chosen.as ?? own : listed.originalName
      return { server, listed, exposed, text: isNamed ? retold(listed, exposed, chosen.description) : listed.rawText }
    })
  }

  /** May this URI be read through the bundle? A template stands for more than was chosen. */
  hasUri(server: string, uri: string): boolean { return this.#find('resource', server, uri) !== undefined }

  /** The tool or prompt that a client means by a name, for servers that cannot be asked; null where only their list would tell. */
  named(kind: 'tool' | 'prompt', exposed: string): { readonly server: string; readonly originalName: string } | null {
    const found = this.#chosen.find(chosen => chosen.kind === kind && !chosen.pattern.includes('*') && (chosen.as ?? chosen.pattern) === exposed)
    return found === undefined ? null : { server: found.server, originalName: found.pattern }
  }

  #find(kind: ChosenKind, server: string, name: string): Chosen | undefined {
    return this.#chosen.find(chosen => chosen.kind === kind && chosen.server === server && matchesGlob(chosen.pattern, name))
  }
}

const sharedNames = (picks: readonly Pick[]): ReadonlySet<string> => {
  const taken = new Set<string>()
  const shared = new Set<string>()
  for (const { listed, chosen } of picks) {
    const name = `${listed.kind} ${chosen.as ?? listed.originalName}`
    if (taken.has(name)) shared.add(name)
    taken.add(name)
  }
  return shared
}
