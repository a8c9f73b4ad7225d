// What proves to a provider who calls. The configuration names where it comes from, never what it is; clouds hand out credentials that
// expire, so besides keys there are sources that are asked again.
import { z } from 'zod'
import { secretRefSchema } from './secret-ref.ts'

const awsKeysSchema = z.strictObject({
  access_key_id: secretRefSchema.describe('Access key id.').meta({ examples: [{ env: 'AWS_ACCESS_KEY_ID' }] }),
  secret_access_key: secretRefSchema.describe('Secret access key.').meta({ examples: [{ file: '/run/secrets/aws' }] }),
  session_token: secretRefSchema.nullable().default(null).describe('Session token, where the keys are temporary.').meta({ examples: [{ env: 'AWS_SESSION_TOKEN' }] }),
})

const awsProfileSchema = z.strictObject({
  name: z.string().min(1).default('default').describe('Profile in the file.').meta({ examples: ['default'] }),
  file: z.string().min(1).describe('Shared credentials file of the AWS tools. It is read again when its credentials expire or ten minutes have passed.').meta({ examples: ['/home/portcullis/.aws/credentials'] }),
})

const entraClientSchema = z.strictObject({
  tenant: z.string().regex(/^[\w.-]{1,128}$/, 'must be a tenant id or domain').describe('Tenant that the application is registered in.').meta({ examples: ['contoso.onmicrosoft.com'] }),
  client_id: z.string().min(1).describe('Application (client) id.').meta({ examples: ['11111111-2222-3333-4444-555555555555'] }),
  client_secret: secretRefSchema.describe('Client secret.').meta({ examples: [{ env: 'AZURE_CLIENT_SECRET' }] }),
  scope: z.string().min(1).default('https://cognitiveservices.azure.com/.default').describe('What the token is for.').meta({ examples: ['https://cognitiveservices.azure.com/.default'] }),
  authority: z.url({ protocol: /^https?$/ }).default('https://login.microsoftonline.com').describe('Where tokens are asked for; national clouds have their own.').meta({ examples: ['https://login.microsoftonline.us'] }),
})

/** Where AWS itself hands credentials to a workload. */
export const awsSources = ['environment', 'container', 'web_identity', 'instance'] as const

export const credentialSchema = z.union([
  ...secretRefSchema.options,
  z.strictObject({ aws_keys: awsKeysSchema.describe('AWS keys, for requests signed with Signature Version 4.') }),
  z.strictObject({ aws_profile: awsProfileSchema.describe('A profile of the AWS tools\' shared credentials file.') }),
  z.strictObject({
    aws: z.enum(awsSources).describe('Where AWS hands credentials to this workload. `environment`: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN at start. `container`: ECS tasks and EKS Pod Identity. `web_identity`: IAM roles for service accounts (AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE). `instance`: EC2 metadata, version 2 only.').meta({ examples: ['web_identity'] }),
  }),
  z.strictObject({ google_service_account: secretRefSchema.describe('Key of a Google service account: the JSON that Google made.').meta({ examples: [{ file: '/run/secrets/google.json' }] }) }),
  z.strictObject({ google: z.literal('metadata').describe('The service account of the Google machine or GKE workload that this runs on.').meta({ examples: ['metadata'] }) }),
  z.strictObject({ entra_client: entraClientSchema.describe('An application of Microsoft Entra ID, by client secret.') }),
  z.strictObject({
    command: z.array(z.string().min(1)).min(1).describe('Program and arguments, no shell, that prints an access token (alone, or as a JSON with `access_token` or `token` and `expires_in` or `expiry`); for AWS the JSON of a `credential_process`. Asked again before its answer expires.').meta({ examples: [['gcloud', 'auth', 'print-access-token']] }),
  }),
]).meta({ examples: [{ env: 'OPENAI_API_KEY' }] })

export type CredentialRef = z.infer<typeof credentialSchema>

/** Does it make signatures of AWS, where hosting asks for them? */
export const isForAws = (ref: CredentialRef): boolean => 'aws' in ref || 'aws_keys' in ref || 'aws_profile' in ref
const isForGoogle = (ref: CredentialRef): boolean => 'google' in ref || 'google_service_account' in ref

/** Why a kind of credential says nothing to a kind of hosting; null where it does. */
export const misfit = (ref: CredentialRef, hosting: 'direct' | 'azure' | 'bedrock' | 'vertex'): string | null => {
  if (isForAws(ref) && hosting !== 'bedrock') return 'AWS credentials are for hosting bedrock'
  if (isForGoogle(ref) && hosting !== 'vertex') return 'Google credentials are for hosting vertex'
  if ('entra_client' in ref && hosting !== 'azure' && hosting !== 'direct') return 'a client of Entra ID is for hosting azure, or for direct hosting behind it'
  return null
}
