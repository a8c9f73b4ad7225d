// Those of the remote detectors that look at what models say: what they find in pieces of it, and which of them did not look.
import type { Finding } from '../../exchange/finding.ts'
import { pieceLength } from '../answer-pieces.ts'
import { cutOverlaps } from '../cut-overlaps.ts'
import type { RemoteDetector } from './remote-detector.ts'
import { lookAt, type Look, type Text } from './remote-detectors.ts'
import type { RemoteSpec } from './remote-spec.ts'

/** A piece of an answer. */
export interface AskedPiece {
  readonly text: string
  /** It is a whole text, not the end of a longer one: one that is short is not asked about. */
  readonly isAll: boolean
}

export interface PiecesSaid {
  /** Of each piece. */
  readonly findings: readonly (readonly Finding[])[]
  readonly missed: readonly RemoteSpec[]
}

const nothing: readonly Finding[] = Object.freeze([])

export class AnswerDetectors {
  readonly #detectors: readonly RemoteDetector[]
  /** Longest piece that all of them take. */
  readonly mostChars: number

  /** @param detectors at least one */
  constructor(detectors: readonly RemoteDetector[]) {
    this.#detectors = detectors
    this.mostChars = Math.min(pieceLength.most, ...detectors.map(({ spec }) => spec.maxChars))
  }

  /** At once where all of them know all pieces. */
  look(pieces: readonly AskedPiece[]): PiecesSaid | Promise<PiecesSaid> {
    const texts = pieces.map(({ isAll, text }, index): Text => ({ index, value: text, key: null, path: [], source: 'answer', isPart: !isAll }))
    const said = (looks: readonly Look[]): PiecesSaid => ({
      findings: pieces.map(({ text }) => {
        const found = looks.flatMap(look => look.said.get(text) ?? nothing)
        return found.length === 0 ? nothing : cutOverlaps(text, found)
      }),
      missed: looks.filter(look => look.missesSome).map(({ detector }) => detector.spec),
    })
    const looks = lookAt(this.#detectors, texts)
    return looks instanceof Promise ? looks.then(said) : said(looks)
  }
}
