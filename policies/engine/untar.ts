// Reads the regular files of a small, trusted-format tar archive (what `opa build` writes). It extracts nothing to disk.

const block = 512

const text = (archive: Buffer, at: number, length: number): string => archive.subarray(at, at + length).toString('utf8').replace(/\0.*$/s, '')

/** Files by their name without leading slashes. */
export const untar = (archive: Buffer): Map<string, Buffer> => {
  const files = new Map<string, Buffer>()
  for (let at = 0; at + block <= archive.length && archive[at] !== 0;) {
    const size = Number.parseInt(text(archive, at + 124, 12).trim() || '0', 8)
    const type = String.fromCharCode(archive[at + 156] ?? 0)
    if (type === '0' || type === '\0') files.set(text(archive, at, 100).replace(/^\/+/, ''), archive.subarray(at + block, at + block + size))
    at += block + Math.ceil(size / block) * block
  }
  return files
}
