// Runs one headless Claude Code prompt against a given provider URL, with nothing of the machine's own configuration and no other network use.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startChild } from '../support/child.ts'

export interface ClaudeCodeRun {
  readonly binary: string
  /** Empty folder: home and MCP configuration go there. */
  readonly folder: string
  /** Working directory. Claude Code announces it to MCP servers as their only root. */
  readonly project: string
  readonly prompt: string
  readonly providerUrl: string
  /** Sent as x-api-key, or as a bearer token. */
  readonly credential: { readonly kind: 'api-key' | 'auth-token'; readonly value: string }
  /** `mcpServers` of the MCP configuration. */
  readonly mcpServers: Readonly<Record<string, unknown>>
  /** Names as Claude Code calls them: mcp__<server>__<tool>. */
  readonly allowedTools: readonly string[]
  readonly model: string
}

export interface ClaudeCodeResult {
  readonly code: number | null
  /** The final answer's text. */
  readonly text: string
  readonly turns: number
  readonly isError: boolean
  readonly stderr: string
}

const environment = (run: ClaudeCodeRun, home: string): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: home,
  ANTHROPIC_BASE_URL: run.providerUrl,
  [run.credential.kind === 'api-key' ? 'ANTHROPIC_API_KEY' : 'ANTHROPIC_AUTH_TOKEN']: run.credential.value,
  // Otherwise MCP tools are deferred behind a search tool, and a scripted call never happens.
  ENABLE_TOOL_SEARCH: 'false',
  // Otherwise the first request goes out before the MCP servers are connected.
  MCP_CONNECTION_NONBLOCKING: '0',
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  DISABLE_TELEMETRY: '1',
  DISABLE_ERROR_REPORTING: '1',
  DISABLE_AUTOUPDATER: '1',
})

/** Runs `claude -p`. @throws when it prints no result or takes longer than a minute */
export const runClaudeCode = async (run: ClaudeCodeRun): Promise<ClaudeCodeResult> => {
  const home = join(run.folder, 'home')
  const mcpConfig = join(run.folder, 'mcp.json')
  mkdirSync(home)
  writeFileSync(mcpConfig, JSON.stringify({ mcpServers: run.mcpServers }))
  const child = await startChild({
    command: run.binary, cwd: run.project, env: environment(run, home),
    args: [
      '-p', run.prompt, '--output-format', 'json', '--model', run.model, '--mcp-config', mcpConfig, '--strict-mcp-config',
      ...run.allowedTools.length === 0 ? [] : ['--allowedTools', run.allowedTools.join(',')],
    ],
  })
  try {
    const line = await child.line(text => text.startsWith('{') ? text : undefined, 60_000)
    const { result = '', num_turns: turns = 0, is_error: isError = false } = JSON.parse(line) as { result?: string; num_turns?: number; is_error?: boolean }
    const { code } = await child.exit
    return { code, text: result, turns, isError, stderr: child.stderr() }
  } finally {
    await child.stop()
  }
}
