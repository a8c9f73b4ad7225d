// What a translated request could not say in the other dialect: never dropped in silence. Fields are named as the caller wrote them,
// with `*` for positions, so that a long conversation does not repeat itself.
import { Failure } from '../../exchange/failure.ts'

export class Losses {
  readonly #fields = new Set<string>()

  /** @param field path of the caller's field, e.g. "messages.*.content.*.cache_control". */
  lost(field: string): void { if (this.#fields.size < mostFields) this.#fields.add(printable(field)) }

  /** Notes every member of an object that nobody has read. */
  unread(value: Readonly<Record<string, unknown>>, read: ReadonlySet<string>, prefix = ''): void {
    for (const key in value) if (!read.has(key) && value[key] !== undefined && value[key] !== null) this.lost(prefix + key)
  }

  get fields(): readonly string[] { return [...this.#fields].sort() }
}

/** Names of fields are the caller's choice, and go into a header and the record: what no dialect would call a field is not repeated. */
const printable = (field: string): string => field.split('.', 8).map(part => /^(?:\*|[a-z][a-zA-Z0-9_]{0,39})$/.test(part) ? part : '_').join('.')

/** More than any request loses that is not made to. */
const mostFields = 64

/** Callers who cannot do without a field name it (or `*`) in this header. */
export const requireHeader = 'x-portcullis-require'
/** Tells what did not reach the model. */
export const lostHeader = 'x-portcullis-lost'

/** @throws Failure route.lossy where a field that the caller cannot do without was lost */
export const checkRequired = (required: string | null, fields: readonly string[]): void => {
  if (required === null || fields.length === 0) return
  const wanted = required.split(',').map(name => name.trim())
  const field = wanted.includes('*') ? fields[0] : fields.find(lost => wanted.some(name => name === lost || lost.startsWith(`${name}.`)))
  if (field === undefined) return
  throw new Failure('route.lossy', `The chosen model's provider speaks another dialect, in which ${field} cannot be said.`, {
    detail: { field, remedy: `Leave ${field} out, take it out of ${requireHeader}, or name a model whose provider speaks your dialect.` },
  })
}
