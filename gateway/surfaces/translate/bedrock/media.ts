// Pictures and papers as the Converse API takes them: by a word for their format, and inline.
import type { DocumentPart, ImagePart } from '../conversation.ts'

type Json = Record<string, unknown>

const imageFormats: Readonly<Record<string, string>> = { 'image/png': 'png', 'image/jpeg': 'jpeg', 'image/jpg': 'jpeg', 'image/gif': 'gif', 'image/webp': 'webp' }

const documentFormats: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf', 'text/csv': 'csv', 'text/html': 'html', 'text/plain': 'txt', 'text/markdown': 'md', 'application/msword': 'doc', 'application/vnd.ms-excel': 'xls',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
}

/** Null for an address (Bedrock fetches from S3 only), or a format that it does not take. */
export const imageBlock = ({ source }: ImagePart): Json | null => {
  const format = source.kind === 'base64' ? imageFormats[source.mediaType] : undefined
  return format === undefined || source.kind === 'url' ? null : { image: { format, source: { bytes: source.data } } }
}

/** Names are letters, digits, single spaces, hyphens, parentheses and brackets, and no two are the same. */
export class DocumentNames {
  readonly #taken = new Set<string>()

  next(wanted: string | null): string {
    const plain = (wanted ?? '').replace(/[^a-zA-Z0-9\s()[\]-]/g, ' ').replace(/\s+/g, ' ').trim().slice(0, 180)
    const base = plain === '' ? 'document' : plain
    let name = base
    for (let count = 2; this.#taken.has(name); count += 1) name = `${base} (${count})`
    this.#taken.add(name)
    return name
  }
}

export const documentBlock = ({ name, source }: DocumentPart, names: DocumentNames): Json | null => {
  const format = source.kind === 'base64' ? documentFormats[source.mediaType] : undefined
  return format === undefined || source.kind === 'url' ? null : { document: { format, name: names.next(name), source: { bytes: source.data } } }
}
