// Where a provider's models are hosted. Clouds serve the dialects of others under addresses, versions and signatures of their own.
import { z } from 'zod'

/** Beta features of Anthropic that Amazon Bedrock is known to take; it refuses a request that names another. */
export const bedrockBetas = [
  'computer-use-2025-01-24', 'computer-use-2025-11-24', 'context-1m-2025-08-07', 'context-management-2025-06-27', 'effort-2025-11-24', 'fine-grained-tool-streaming-2025-05-14',
  'interleaved-thinking-2025-05-14', 'token-efficient-tools-2025-02-19', 'tool-examples-2025-10-29', 'tool-search-tool-2025-10-19',
] as const

/** The same of Vertex AI. */
export const vertexBetas = [
  'computer-use-2025-01-24', 'computer-use-2025-11-24', 'context-1m-2025-08-07', 'context-management-2025-06-27', 'effort-2025-11-24', 'fine-grained-tool-streaming-2025-05-14',
  'interleaved-thinking-2025-05-14', 'token-efficient-tools-2025-02-19', 'tool-search-tool-2025-10-19', 'web-search-2025-03-05',
] as const

/** Anthropic's own names of what clouds call otherwise. */
export const betasElsewhere: Readonly<Record<string, string>> = { 'advanced-tool-use-2025-11-20': 'tool-search-tool-2025-10-19' }

const betasOf = (known: readonly string[]) => z.array(z.string().regex(/^[a-z0-9-]{1,64}$/, 'must be the name of a beta, e.g. context-1m-2025-08-07')).default([...known])
  .describe('Beta features (`anthropic-beta`) that may pass to it. Clouds refuse requests that name one they do not know; what is held back is reported as lost. Default: those that the cloud is known to take.')
  .meta({ examples: [['context-1m-2025-08-07']] })

const name = z.string().regex(/^[a-zA-Z0-9.:_-]{1,128}$/, 'must be letters, digits and ".", ":", "_", "-"')

const guardrailSchema = z.strictObject({
  id: z.string().regex(/^[a-zA-Z0-9:/._-]{1,2048}$/, 'must be the id or ARN of a guardrail').describe('Id or ARN of the guardrail.').meta({ examples: ['gr1a2b3c4d5e'] }),
  version: z.string().regex(/^(?:DRAFT|[1-9]\d{0,7})$/, 'must be DRAFT or a number').describe('Its version.').meta({ examples: ['1'] }),
})

export const hostingSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('direct').describe('`direct`: at the address that the dialect\'s maker, or a compatible server, has. `azure`: Azure OpenAI. `bedrock`: Amazon Bedrock (dialect `anthropic` by InvokeModel, dialect `bedrock` by Converse). `vertex`: Google Vertex AI.').meta({ examples: ['direct'] }) }),
  z.strictObject({
    kind: z.literal('azure').describe('Azure OpenAI.').meta({ examples: ['azure'] }),
    api_version: z.string().regex(/^\d{4}-\d{2}-\d{2}(?:-preview)?$/, 'must be a dated version, e.g. 2024-10-21').nullable().default(null).describe('Azure: dated API version, which addresses deployments in the path. Null: the v1 API, which takes the deployment as `model`.').meta({ examples: ['2024-10-21'] }),
  }),
  z.strictObject({
    kind: z.literal('bedrock').describe('Amazon Bedrock.').meta({ examples: ['bedrock'] }),
    region: name.describe('Bedrock: AWS region that requests are signed for.').meta({ examples: ['eu-central-1'] }),
    betas: betasOf(bedrockBetas),
    guardrail: guardrailSchema.nullable().default(null).describe('Bedrock: guardrail that every request names.').meta({ examples: [{ id: 'gr1a2b3c4d5e', version: '1' }] }),
  }),
  z.strictObject({
    kind: z.literal('vertex').describe('Google Vertex AI.').meta({ examples: ['vertex'] }),
    project: name.describe('Vertex: Google Cloud project.').meta({ examples: ['my-project'] }),
    location: name.describe('Vertex: location, or `global`.').meta({ examples: ['europe-west1'] }),
    betas: betasOf(vertexBetas),
  }),
])

export type Hosting = z.infer<typeof hostingSchema>

/** Which dialects are served where. */
export const hostedDialects: Readonly<Record<Hosting['kind'], readonly string[]>> = {
  direct: ['openai', 'anthropic', 'gemini'], azure: ['openai'], bedrock: ['anthropic', 'bedrock'], vertex: ['anthropic', 'gemini'],
}

/** An address of Bedrock names its region; another than the one signed for is refused by AWS with words that help nobody. */
export const regionOfHost = (hostname: string): string | null => /^(?:vpce-[a-z0-9-]+\.)?bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\.(?:vpce\.)?amazonaws\.com(?:\.cn)?$/.exec(hostname)?.[1] ?? null

/** How the settings look that a dialect needs. */
export const exampleHosting: Readonly<Record<string, string>> = {
  bedrock: 'hosting: {kind: bedrock, region: eu-central-1}', azure: 'hosting: {kind: azure}', vertex: 'hosting: {kind: vertex, project: my-project, location: europe-west1}', direct: 'hosting: {kind: direct}',
}
