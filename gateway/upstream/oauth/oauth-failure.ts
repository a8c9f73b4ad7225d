// What a failed step says. The SDK's own messages quote what an authorization server answered, which may be a token: none of them is passed on.
import { Failure, type FailureDetail } from '../../exchange/failure.ts'
import { oauthSdk } from './sdk.ts'

const knownWord = /^[a-z_]{1,40}$/

/** The error word of an authorization server, e.g. invalid_grant; null for everything else. */
export const oauthErrorOf = async (thrown: unknown): Promise<string | null> => {
  const { OAuthError } = await oauthSdk()
  if (!(thrown instanceof OAuthError)) return null
  const { code } = thrown
  // The SDK's name for an answer that is none.
  return knownWord.test(code) && code !== 'server_error' ? code : null
}

const reasonOf = async (thrown: unknown): Promise<string> => {
  const { IssuerMismatchError, RegistrationRejectedError } = await oauthSdk()
  if (thrown instanceof IssuerMismatchError) return 'the issuer is another one than it has to be'
  if (thrown instanceof RegistrationRejectedError) return `the authorization server refused to register the gateway (HTTP status ${thrown.status})`
  const word = await oauthErrorOf(thrown)
  return word === null ? 'the answer is not what the protocol asks for' : `the authorization server answered ${word}`
}

/**
 * Runs one step of a login.
 * @param what the step, as the subject of a sentence.
 * @throws Failure upstream.* that repeats nothing secret
 */
export const step = async <Result>(what: string, run: () => Promise<Result>, detail: FailureDetail = {}): Promise<Result> => {
  try {
    return await run()
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown
    throw new Failure('upstream.refused', `${what} failed: ${await reasonOf(thrown)}.`, { detail })
  }
}
