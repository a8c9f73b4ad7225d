// Pictures and papers: dialects carry them inline (base64, data URLs) or by address.
import type { MediaSource } from './conversation.ts'

const dataUrl = /^data:([\w.+-]+\/[\w.+-]+)?(?:;[\w=.-]+)*;base64,/

/** An address or a data URL. Null for a data URL that is not base64. */
export const sourceOfUrl = (url: string): MediaSource | null => {
  if (!url.startsWith('data:')) return { kind: 'url', url }
  const head = dataUrl.exec(url)
  return head === null ? null : { kind: 'base64', mediaType: head[1] ?? 'application/octet-stream', data: url.slice(head[0].length) }
}

export const urlOfSource = (source: MediaSource): string =>
  source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.data}`
