// Callers choose what is kept: whatever is put into a map or set that one of them can fill is followed by this.

interface Ordered { readonly size: number; keys(): Iterator<unknown>; delete(key: never): boolean }

/** Forgets what was put in first while there are more than `kept`. */
export const forgetOldest = (entries: Ordered, kept: number): void => {
  while (entries.size > kept) entries.delete(entries.keys().next().value as never)
}
