// A name that was found among the tokens of a text.

export interface Tagged {
  readonly kind: 'PER' | 'ORG' | 'LOC'
  /** Indexes of tokens, half open. */
  readonly from: number
  readonly to: number
  /** How likely its least likely word is of the kind, from 0 to 1. */
  readonly likelihood: number
}
