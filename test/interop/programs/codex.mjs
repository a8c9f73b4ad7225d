// Codex, headless, with its own shell tool. It prints whole items: its deltas cannot be seen from outside.
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { called, model, prompt, report } from './desk.mjs'

const CODEX_HOME = `${process.env.HOME}/.codex`
mkdirSync(CODEX_HOME)
const provider = `{name = "gateway", base_url = "${process.env.OPENAI_BASE_URL}", env_key = "OPENAI_API_KEY", wire_api = "responses"}`
// Its commands only read files of the test; a sandbox of its own is not to be had everywhere.
const codex = spawn(process.env.CODEX, [
  'exec', '--json', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', '-m', model,
  '-c', 'model_provider="gateway"', '-c', `model_providers.gateway=${provider}`, prompt,
], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, CODEX_HOME } })
let text = ''
for await (const line of createInterface({ input: codex.stdout })) {
  const { item, type } = JSON.parse(line)
  if (type === 'item.completed' && item.type === 'command_execution') called({ cmd: /'(.*)'$/.exec(item.command)?.[1] ?? item.command })
  if (type === 'item.completed' && item.type === 'agent_message') text = item.text
}
report(text)
