// Which detectors one generation of the configuration has, beside those that the gateway brings.
import type { ClassifierOptions } from './classify-document.ts'
import type { OwnDetectors } from './own/own-detector.ts'
import type { Send } from './remote/post-json.ts'
import { RemoteDetector, type DetectorEvents } from './remote/remote-detector.ts'
import type { RemoteSpec } from './remote/remote-spec.ts'

export interface Detection {
  readonly minConfidence: number
  /** Names in prose are looked for, too. */
  readonly names: boolean
  /** Ages, dates, places, groups and titles are looked for, too. */
  readonly quasi: boolean
  /** Policy hides them from models: what holds one is not restricted for that. */
  readonly secretsAreHidden: boolean
  readonly memoBytes: number
  /** Absent where there are none: the usual texts then cost nothing more. */
  readonly own?: OwnDetectors
  readonly remote: readonly RemoteSpec[]
  /** Equal for generations that find the same. */
  readonly digest: string
}

const specText = (spec: RemoteSpec): string => JSON.stringify({ ...spec, sources: [...spec.sources], kinds: [...spec.kinds] })

/** The remote detectors of the process. One whose declaration a reload left as it was keeps what it knows, and its breaker. */
export class RemoteBook {
  readonly #send: Send
  readonly #events: DetectorEvents
  #detectors = new Map<string, RemoteDetector>()

  constructor(send: Send, events: DetectorEvents) {
    this.#send = send
    this.#events = events
  }

  optionsOf({ memoBytes, minConfidence, names, own, quasi, remote, secretsAreHidden }: Detection): ClassifierOptions {
    this.#detectors = new Map(remote.map(spec => {
      const text = specText(spec)
      return [text, this.#detectors.get(text) ?? new RemoteDetector(spec, this.#send, this.#events)]
    }))
    return { minConfidence, memoBytes, names, quasi, secretsAreHidden, remote: [...this.#detectors.values()], ...own === undefined ? {} : { own } }
  }
}
