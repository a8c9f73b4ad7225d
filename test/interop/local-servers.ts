// Genuine inference servers that run on this machine, with models made a moment before: what they say is nonsense, how they say it is theirs.
import { join } from 'node:path'
import { startChild, type Child } from '../support/child.ts'
import { installPython } from './install-clients.ts'

export interface RunningServer {
  /** Base URL of its OpenAI-compatible API. */
  readonly url: string
  /** What it calls the model. */
  readonly model: string
  readonly child: Child
}

export interface LocalServer {
  readonly name: string
  /** As `providers[].server` names it. */
  readonly server: 'llamacpp' | 'ollama'
  /** @param folder empty, for its model @returns why it cannot be had, as text */
  readonly start: (folder: string) => Promise<RunningServer | string>
}

/** llama.cpp's server as PyPI has it, built in. Exact versions; they are no dependencies of the project. */
const llamaCpp = ['gguf==0.19.0', 'xllamacpp==2026.10.11549'] as const

const listening = (line: string): string | undefined => line.includes('"listening"') ? (JSON.parse(line) as { readonly url: string }).url : undefined

const startLlamaCpp = async (folder: string): Promise<RunningServer | string> => {
  const python = await installPython('llama-cpp', llamaCpp)
  if (python.kind === 'unavailable') return python.reason
  const child = await startChild({
    command: python.path, args: [join(import.meta.dirname, 'programs', 'llama_server.py'), join(folder, 'tiny.gguf')],
    env: { PATH: process.env['PATH'] ?? '', HOME: folder },
  })
  return { url: `${await child.line(listening, 60_000)}/v1`, model: 'portcullis-interop', child }
}

export const localServers: readonly LocalServer[] = [{ name: 'llama.cpp', server: 'llamacpp', start: startLlamaCpp }]
