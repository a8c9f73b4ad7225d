// Tells when configuration or policy files changed. Editors replace files rather than write them, so folders are watched.
import { existsSync, statSync, watch, type FSWatcher } from 'node:fs'
import { basename, dirname } from 'node:path'

/** Changes within this time are one change. */
const settleMs = 200

export class FileWatch {
  readonly #onChange: () => void
  #watchers: FSWatcher[] = []
  #timer: NodeJS.Timeout | null = null

  constructor(onChange: () => void) { this.#onChange = onChange }

  /** Watches these files and folders instead of the earlier ones. What does not exist is waited for, where its folder does. */
  watch(paths: readonly string[]): void {
    this.close()
    for (const path of paths) {
      const found = statSync(path, { throwIfNoEntry: false })
      if (found === undefined && !existsSync(dirname(path))) continue
      const isFolder = found?.isDirectory() === true
      const name = isFolder ? null : basename(path)
      const watcher = watch(isFolder ? path : dirname(path), { recursive: isFolder, persistent: false }, (_event, changed) => {
        if (name === null || changed === name) this.#changed()
      })
      // A folder that goes away ends its watch; the next reload sets it up again.
      watcher.on('error', () => { watcher.close() })
      this.#watchers.push(watcher)
    }
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    for (const watcher of this.#watchers) watcher.close()
    this.#watchers = []
  }

  #changed(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#onChange()
    }, settleMs)
  }
}
