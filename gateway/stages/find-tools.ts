// Answers a search with tools that the caller may see, and tells which of them only read.
import type { ToolSearch } from '../../registry/tool-search.ts'
import { matchesAny } from '../../router/glob.ts'
import { SearchIndex } from '../surfaces/mcp/search-index.ts'
import { foundText, type Search } from '../surfaces/mcp/search-tools.ts'
import type { CatalogEntry, CatalogView } from '../upstream/mcp-catalog-view.ts'

/** Views are made anew when a list changes, and shared by the calls of one owner. */
const indexes = new WeakMap<CatalogView, SearchIndex>()

const indexOf = (view: CatalogView): SearchIndex => {
  let index = indexes.get(view)
  if (index === undefined) indexes.set(view, index = new SearchIndex(view.tools.map(({ exposedName, value }) => ({ name: exposedName, value }))))
  return index
}

/** By the operator's word; a server's own counts where the operator says so. */
export const isRead = ({ annotations, originalName, server }: CatalogEntry, rule: ToolSearch): boolean =>
  matchesAny(rule.reads, `${server}/${originalName}`) || (rule.trust_hints_of.includes(server) && annotations['readOnlyHint'] === true)

/** Is the list long enough, and free of tools that are called like ours? */
export const isSearched = (view: CatalogView, { mode, threshold }: ToolSearch): boolean =>
  mode !== 'off' && (mode === 'on' || view.tools.length > threshold) && view.tool('find_tools') === undefined && view.tool('call_tool') === undefined && view.tool('call_read_tool') === undefined

export interface Finding { readonly view: CatalogView; readonly search: Search; readonly rule: ToolSearch; readonly isModern: boolean }

/** JSON text of the result. */
export const findTools = ({ view, search, rule, isModern }: Finding, sees: (entry: CatalogEntry) => boolean): string => {
  const most = Math.min(search.limit ?? rule.limit, 50)
  const found: CatalogEntry[] = []
  for (const at of indexOf(view).find(search.query)) {
    const entry = view.tools[at]
    if (entry === undefined || !sees(entry)) continue
    found.push(entry)
    if (found.length === most) break
  }
  return foundText(found, found.filter(entry => isRead(entry, rule)).map(entry => entry.exposedName), isModern)
}
