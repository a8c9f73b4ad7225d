// Asks a registry of MCP servers: registry API v0.1 over HTTP, or a folder that mirrors it (pages of /v0.1/servers, single answers, or
// plain server.json files). It returns documents; nothing in them is acted on here.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compareVersions } from '../../registry/exact-version.ts'
import { officialMeta, serverPageSchema, serverResponseSchema, type ServerResponse } from '../../registry/server-json.ts'
import { Failure } from '../exchange/failure.ts'
import type { ReadJson } from '../exchange/mcp.ts'
import type { HttpUpstream } from './http.ts'

/** A document as the registry holds it, with the fields that were read from it. */
export interface RegistryAnswer { readonly response: ServerResponse; readonly document: Readonly<Record<string, unknown>> }

export interface RegistrySource {
  /** One version of a server; null asks for the latest. Undefined: there is none. */
  find(name: string, version: string | null): Promise<RegistryAnswer | undefined>
  /** Every server whose name holds the text, as far as they can be read. */
  search(text: string): Promise<readonly RegistryAnswer[]>
}

const mostPages = 1000
const mostBytes = 16 * 1024 * 1024
const timeoutMs = 20_000

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Reads `{server, _meta}` or a plain server.json. @throws Failure upstream.protocol naming the field */
export const readAnswer = (value: unknown, where: string): RegistryAnswer => {
  const wrapped = isRecord(value) && isRecord(value['server']) ? value : { server: value }
  const parsed = serverResponseSchema.safeParse(wrapped)
  if (parsed.success) return { response: parsed.data, document: wrapped['server'] as Record<string, unknown> }
  const [issue] = parsed.error.issues
  throw new Failure('upstream.protocol', `${where}: ${issue?.path.map(String).join('.') ?? ''} ${issue?.message ?? ''}`, { detail: { remedy: 'The registry has to correct it; server.json of 2025-12-11 is what is read.' } })
}

const tryAnswer = (value: unknown): RegistryAnswer[] => {
  try {
    return [readAnswer(value, '')]
  } catch {
    return []
  }
}

const latestOf = (answers: readonly RegistryAnswer[]): RegistryAnswer | undefined =>
  answers.find(({ response }) => response._meta?.[officialMeta]?.isLatest === true)
  ?? [...answers].sort((a, b) => compareVersions(b.response.server.version, a.response.server.version))[0]

const pick = (answers: readonly RegistryAnswer[], name: string, version: string | null): RegistryAnswer | undefined => {
  const named = answers.filter(({ response: { server } }) => server.name === name)
  return version === null ? latestOf(named) : named.find(({ response: { server } }) => server.version === version)
}

interface HttpAnswer { readonly status: number; readonly text: string }

const get = async (http: HttpUpstream, url: URL): Promise<HttpAnswer> => {
  const answer = await http.send({
    origin: url.origin, path: url.pathname + url.search, method: 'GET', headers: { accept: 'application/json' }, body: null,
    connectTimeoutMs: timeoutMs, firstByteTimeoutMs: timeoutMs, idleTimeoutMs: timeoutMs,
  })
  const chunks: Buffer[] = []
  let size = 0
  await new Promise<void>((resolve, reject) => {
    answer.attach({
      data: chunk => {
        size += chunk.length
        if (size > mostBytes) {
          const failure = new Failure('upstream.protocol', `The registry's answer is longer than ${mostBytes} bytes.`)
          answer.abort(failure)
          reject(failure)
        } else chunks.push(chunk)
        return true
      },
      end: resolve, fail: reject,
    })
  })
  return { status: answer.status, text: Buffer.concat(chunks).toString('utf8') }
}

class HttpRegistry implements RegistrySource {
  readonly #base: string
  readonly #http: HttpUpstream
  readonly #readJson: ReadJson

  constructor(base: string, http: HttpUpstream, readJson: ReadJson) {
    this.#base = `${base.replace(/\/+$/, '').replace(/\/v0\.1$/, '')}/v0.1/servers`
    this.#http = http
    this.#readJson = readJson
  }

  async find(name: string, version: string | null): Promise<RegistryAnswer | undefined> {
    const path = `/${encodeURIComponent(name)}/versions/${encodeURIComponent(version ?? 'latest')}`
    const value = await this.#json(path)
    if (value === undefined) return pick(await this.#list({ search: name }), name, version)
    const answer = readAnswer(value, `${this.#base}${path}`)
    const { server } = answer.response
    // What is pinned must be what was asked for, whatever a registry answers.
    if (server.name === name && (version === null || server.version === version)) return answer
    throw new Failure('upstream.protocol', `${this.#base}${path} answered ${server.name} ${server.version}.`)
  }

  search(text: string): Promise<readonly RegistryAnswer[]> { return this.#list({ search: text, version: 'latest' }) }

  async #list(query: Readonly<Record<string, string>>): Promise<readonly RegistryAnswer[]> {
    const found: RegistryAnswer[] = []
    let cursor: string | null = null
    for (let page = 0; page < mostPages; page += 1) {
      const value = await this.#json(`?${new URLSearchParams({ limit: '100', ...query, ...cursor === null ? {} : { cursor } }).toString()}`)
      const parsed = serverPageSchema.safeParse(value)
      if (!parsed.success) throw new Failure('upstream.protocol', `${this.#base} is no list of registry API v0.1.`)
      found.push(...parsed.data.servers.flatMap(tryAnswer))
      const next: string | null = parsed.data.metadata?.nextCursor ?? null
      if (next === null || next === '' || next === cursor) return found
      cursor = next
    }
    return found
  }

  /** Undefined for 404. */
  async #json(path: string): Promise<unknown> {
    const { status, text } = await get(this.#http, new URL(this.#base + path))
    if (status === 404) return undefined
    if (status !== 200) throw new Failure('upstream.refused', `The registry answered ${status} to ${this.#base}${path}.`, { detail: { upstreamStatus: status } })
    return this.#readJson(text).value
  }
}

/** All documents of one file: a page, a single answer, or a plain server.json. */
const documentsOf = (value: unknown, file: string): RegistryAnswer[] => {
  const page = serverPageSchema.safeParse(value)
  return page.success ? page.data.servers.map((entry, index) => readAnswer(entry, `${file}: servers[${index}]`)) : [readAnswer(value, file)]
}

class FolderRegistry implements RegistrySource {
  readonly #folder: string
  readonly #readJson: ReadJson

  constructor(folder: string, readJson: ReadJson) {
    this.#folder = folder
    this.#readJson = readJson
  }

  find(name: string, version: string | null): Promise<RegistryAnswer | undefined> { return Promise.resolve(pick(this.#all(), name, version)) }

  search(text: string): Promise<readonly RegistryAnswer[]> {
    const all = this.#all().filter(({ response }) => response.server.name.toLowerCase().includes(text.toLowerCase()))
    const names = [...new Set(all.map(({ response }) => response.server.name))].sort()
    return Promise.resolve(names.flatMap(name => pick(all, name, null) ?? []))
  }

  /** A file that cannot be read is an error: a mirror is somebody's own, and can be repaired. */
  #all(): RegistryAnswer[] {
    const files = readdirSync(this.#folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile() && entry.name.endsWith('.json'))
    return files.map(entry => join(entry.parentPath, entry.name)).sort().flatMap(file => documentsOf(this.#readJson(readFileSync(file, 'utf8')).value, file))
  }
}

/** @param where base URL, or a folder. */
export const openRegistry = (where: string, http: HttpUpstream, readJson: ReadJson): RegistrySource =>
  /^https?:\/\//.test(where) ? new HttpRegistry(where, http, readJson) : new FolderRegistry(where, readJson)
