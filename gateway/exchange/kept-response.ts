// Responses that a later request may go on from (`previous_response_id`): what is known of one, and where it is kept. Implementation: sessions/.

export interface KeptResponse {
  /** Session of the exchange that it ended: what goes on from it belongs to the same. */
  readonly session: string
  /** The provider that keeps the conversation, or null where the gateway does. */
  readonly provider: string | null
  /** The conversation up to and with the response: JSON texts of items, each without the brackets of its list. Empty where the provider keeps it. */
  readonly items: readonly string[]
  /** How long the conversation is, in tokens as far as they are known: what goes on from it pays for them again. */
  readonly tokens: number
  /** The response as the caller got it; null where the provider keeps it. */
  readonly body: string | null
}

/** Every call names its owner (`<tenant>/<key>`): to anybody else a response does not exist. */
export interface ResponseBook {
  /** "foreign": it is there, and somebody else's. */
  find(owner: string, id: string): KeptResponse | 'foreign' | 'unknown'
  /** JSON text of an output item of a response that the gateway keeps. */
  item(owner: string, id: string): string | null
  /** @param outputs texts of the response's output items by their ids */
  keep(owner: string, id: string, response: KeptResponse, outputs?: ReadonlyMap<string, string>): void
  /** @returns whether it was there */
  forget(owner: string, id: string): boolean
}
