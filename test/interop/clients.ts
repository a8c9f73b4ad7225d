// The clients that have to work with nothing changed but their base URL: which program runs each, what has to be installed, what it speaks.
import type { ClientSet } from './install-clients.ts'

export interface Client {
  /** As the report names it. */
  readonly name: string
  readonly program: string
  readonly needs: readonly ClientSet[]
  /** A POST path that it calls; a gateway that does not serve it is told so, and the client is left out. */
  readonly endpoint: string
  /** What it calls the model; an alias of the gateway's. LangChain and the agents choose parameters by such names. */
  readonly model: 'claude-opus-5-5' | 'gpt-5-mini' | 'gemini-3-flash'
  readonly env?: Readonly<Record<string, string>>
  /** Calls a tool of its own in place of ours, which reads a file. */
  readonly reads?: { readonly tool: string; readonly args: (file: string) => Readonly<Record<string, string>> }
  /** Shows whole texts only, so that nobody sees from outside how they came. */
  readonly wholeTexts?: boolean
  /** Hangs up when it has heard why the model stopped, without waiting for the end of the stream: on the record it is gone, where the two do not come together. */
  readonly leavesEarly?: boolean
}

const chat = { endpoint: '/v1/chat/completions', model: 'gpt-5-mini' } as const
const responses = { endpoint: '/v1/responses', model: 'gpt-5-mini' } as const
const messages = { endpoint: '/v1/messages', model: 'claude-opus-5-5' } as const
const gemini = { endpoint: '/v1beta/models/gemini-3-flash:streamGenerateContent', model: 'gemini-3-flash' } as const

export const clients: readonly Client[] = [
  { name: 'Claude Code', program: 'claude-code.mjs', needs: ['claude', 'own'], ...messages, reads: { tool: 'Read', args: file => ({ file_path: file }) } },
  { name: 'Claude Agent SDK', program: 'claude-agent-sdk.mjs', needs: ['claude', 'agentSdk'], ...messages },
  { name: 'Anthropic SDK, JavaScript', program: 'anthropic-sdk.mjs', needs: ['own'], ...messages },
  { name: 'Anthropic SDK, Python', program: 'anthropic_sdk.py', needs: ['python'], ...messages },
  { name: 'OpenAI SDK, JavaScript, chat completions', program: 'openai-sdk.mjs', needs: ['own'], ...chat },
  { name: 'OpenAI SDK, JavaScript, Responses', program: 'openai-sdk-responses.mjs', needs: ['own'], ...responses },
  { name: 'OpenAI SDK, Python, chat completions', program: 'openai_sdk.py', needs: ['python'], ...chat },
  { name: 'OpenAI SDK, Python, Responses', program: 'openai_sdk_responses.py', needs: ['python'], ...responses },
  { name: 'OpenAI Agents SDK, JavaScript, chat completions', program: 'openai-agents.mjs', needs: ['npm'], ...chat, env: { API: 'chat_completions' } },
  { name: 'OpenAI Agents SDK, JavaScript, Responses', program: 'openai-agents.mjs', needs: ['npm'], ...responses },
  { name: 'OpenAI Agents SDK, Python, chat completions', program: 'openai_agents.py', needs: ['python'], ...chat, env: { API: 'chat_completions' } },
  { name: 'OpenAI Agents SDK, Python, Responses', program: 'openai_agents.py', needs: ['python'], ...responses },
  { name: 'Codex', program: 'codex.mjs', needs: ['codex', 'own'], ...responses, reads: { tool: 'exec_command', args: file => ({ cmd: `cat ${file}` }) }, wholeTexts: true },
  { name: 'LangGraph, JavaScript, ChatOpenAI', program: 'langgraph.mjs', needs: ['npm'], ...chat, env: { PROVIDER: 'openai' } },
  { name: 'LangGraph, JavaScript, ChatAnthropic', program: 'langgraph.mjs', needs: ['npm'], ...messages, env: { PROVIDER: 'anthropic' } },
  { name: 'LangGraph, Python, ChatOpenAI', program: 'langgraph_agent.py', needs: ['python'], ...chat, env: { PROVIDER: 'openai' } },
  { name: 'LangGraph, Python, ChatAnthropic', program: 'langgraph_agent.py', needs: ['python'], ...messages, env: { PROVIDER: 'anthropic' } },
  { name: 'LiteLLM SDK, as OpenAI', program: 'litellm_sdk.py', needs: ['litellm'], ...chat, env: { PROVIDER: 'openai' } },
  { name: 'LiteLLM SDK, as Anthropic', program: 'litellm_sdk.py', needs: ['litellm'], ...messages, env: { PROVIDER: 'anthropic' }, leavesEarly: true },
  { name: 'Google Gen AI SDK, Python', program: 'google_genai.py', needs: ['python'], ...gemini },
]
