// What proves to a provider who calls: references of the configuration, resolved. These values hold secrets: they are put on a request at
// the moment it is sent, and nothing logs, records or traces them.
import type { KeyObject } from 'node:crypto'

export interface AwsKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | null
}

/** Where AWS credentials come from. All but `keys` expire and are asked again. */
export type AwsSource =
  | { readonly kind: 'keys'; readonly keys: AwsKeys }
  | { readonly kind: 'profile'; readonly file: string; readonly name: string }
  /** ECS and EKS Pod Identity; the token file is read at each call, because it is replaced. */
  | { readonly kind: 'container'; readonly url: string; readonly token: string | null; readonly tokenFile: string | null }
  | { readonly kind: 'web-identity'; readonly roleArn: string; readonly tokenFile: string; readonly sessionName: string; readonly endpoint: string }
  | { readonly kind: 'instance'; readonly endpoint: string }
  | { readonly kind: 'command'; readonly command: readonly string[] }

/** Where access tokens come from. They expire and are asked again. */
export type TokenSource =
  | { readonly kind: 'google-service-account'; readonly email: string; readonly privateKey: KeyObject; readonly keyId: string | null; readonly tokenUri: string }
  | { readonly kind: 'google-metadata'; readonly endpoint: string }
  | { readonly kind: 'entra-client'; readonly url: string; readonly clientId: string; readonly clientSecret: string; readonly scope: string }
  | { readonly kind: 'command'; readonly command: readonly string[] }

/** `provider` is for messages: a failure says whose credential it was. */
export type Credential =
  | { readonly kind: 'none' }
  /** Headers that never change, made once. */
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'token'; readonly provider: string; readonly source: TokenSource }
  | { readonly kind: 'aws'; readonly provider: string; readonly region: string; readonly source: AwsSource }

export const noCredential: Credential = Object.freeze({ kind: 'none' })

export interface Authorizer {
  /** Headers that prove who calls, for one request at one moment. A value where nothing has to be asked for, so that nobody waits for it. */
  readonly authorize: (credential: Credential, request: AuthorizedRequest) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>
  /** The provider did not believe it: what was handed out may have been revoked, and is asked for anew. */
  readonly refused: (credential: Credential) => void
}

/** What a signature covers. */
export interface AuthorizedRequest {
  readonly origin: string
  readonly path: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer | null
}
