// Runs one client program in an empty home, with nothing in its environment but a base URL, a key and what it is to do.
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { startChild } from '../support/child.ts'
import type { Client } from './clients.ts'
import type { ClientSet } from './install-clients.ts'

const programs = join(import.meta.dirname, 'programs')

export interface ClientRun {
  readonly client: Client
  readonly paths: Readonly<Partial<Record<ClientSet, string>>>
  /** Empty folder: home, working directory, program. */
  readonly folder: string
  readonly gatewayUrl: string
  readonly key: string
  readonly prompt: string
  readonly toolAnswer: string
}

const reportSchema = z.object({
  report: z.object({
    /** The final answer. */
    text: z.string(),
    /** Arguments of every call that the client carried out, in order. */
    calls: z.array(z.record(z.string(), z.unknown())),
    /** Pieces of text, and when they came (milliseconds since the epoch). */
    deltas: z.array(z.object({ atMs: z.number(), text: z.string() })),
  }),
})
export type ClientReport = z.infer<typeof reportSchema>['report'] & { readonly output: string }

const environment = ({ client, folder, gatewayUrl, key, paths, prompt, toolAnswer }: ClientRun): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '', HOME: folder,
  OPENAI_BASE_URL: `${gatewayUrl}/v1`, OPENAI_API_KEY: key,
  ANTHROPIC_BASE_URL: gatewayUrl, ANTHROPIC_API_KEY: key,
  GOOGLE_GEMINI_BASE_URL: gatewayUrl, GEMINI_API_KEY: key,
  MODEL: client.model, PROMPT: prompt, TOOL_ANSWER: toolAnswer,
  // Nothing but the model is to be reached: no telemetry, no updates, no lists of prices.
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_TELEMETRY: '1', DISABLE_AUTOUPDATER: '1', DISABLE_ERROR_REPORTING: '1',
  OPENAI_AGENTS_DISABLE_TRACING: '1', LANGSMITH_TRACING: 'false', LITELLM_LOCAL_MODEL_COST_MAP: 'True', PYTHONDONTWRITEBYTECODE: '1',
  // Otherwise Claude Code defers MCP tools behind a search tool, and asks before the servers are connected.
  ENABLE_TOOL_SEARCH: 'false', MCP_CONNECTION_NONBLOCKING: '0',
  ...paths.claude === undefined ? {} : { CLAUDE_CODE: paths.claude },
  ...paths.codex === undefined ? {} : { CODEX: paths.codex },
  ...client.env,
})

/** JavaScript finds packages beside itself, so the program is put beside them. */
const commandFor = ({ client, folder, paths }: ClientRun): readonly [string, string] => {
  const python = paths.python ?? paths.litellm
  if (client.program.endsWith('.py')) return [python ?? 'python3', join(programs, client.program)]
  const modules = paths.npm ?? paths.agentSdk ?? paths.own
  if (modules !== undefined) symlinkSync(modules, join(folder, 'node_modules'))
  for (const name of [client.program, 'desk.mjs']) copyFileSync(join(programs, name), join(folder, name))
  return [process.execPath, join(folder, client.program)]
}

/** @throws with its output, when it prints no report or takes longer than a minute and a half */
export const runClient = async (run: ClientRun): Promise<ClientReport> => {
  mkdirSync(run.folder, { recursive: true })
  const [command, program] = commandFor(run)
  const child = await startChild({ command, args: [program], cwd: run.folder, env: environment(run) })
  try {
    const line = await child.line(text => text.startsWith('{"report"') ? text : undefined, 90_000)
    await child.exit
    return { ...reportSchema.parse(JSON.parse(line)).report, output: child.stdout() + child.stderr() }
  } finally {
    await child.stop()
  }
}
