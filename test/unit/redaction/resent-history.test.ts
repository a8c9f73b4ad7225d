// What a gateway says and sends of a history that comes again is what one says and sends that has never seen it: findings, labels, media, what is
// carried along, what is asked for, and the bytes that leave.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { spliceBytes, splice, type JsonDocument, type StringLeaf } from '../../../gateway/exchange/document.ts'
import { Failure } from '../../../gateway/exchange/failure.ts'
import type { Dialect } from '../../../gateway/exchange/operation.ts'
import { joinLabels } from '../../../gateway/exchange/labels.ts'
import { notesOfProcess } from '../../../gateway/exchange/notes.ts'
import type { Pseudonyms } from '../../../gateway/exchange/session.ts'
import type { Carried } from '../../../gateway/exchange/taint.ts'
import { Classifier, type ClassifierOptions } from '../../../gateway/redaction/classify-document.ts'
import { rewriteDocument } from '../../../gateway/redaction/rewrite.ts'
import { MemoryTaint } from '../../../gateway/redaction/taint/taint-book.ts'
import { exposedIn } from '../../../gateway/redaction/watched.ts'
import type { PseudonymRow } from '../../../gateway/sessions/pseudonyms.ts'
import { carriedIn, learnDetected } from '../../../gateway/stages/carried-labels.ts'
import { actionFor, bindingText, client, mayRestore, notAModel } from '../../../gateway/stages/redaction-plan.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'
import { ResentBodies } from '../../../gateway/surfaces/json/resent-bodies.ts'
import type { ModelSurface } from '../../../gateway/surfaces/model-surface.ts'
import { modelSurfaces } from '../../../gateway/surfaces/model-surfaces.ts'
import { genericTurn } from '../../../gateway/surfaces/turn/generic-turn.ts'
import { noDuties, type Duties, type RedactAction } from '../../../policies/engine/contract.ts'
import { createRandom } from '../../bench/redaction/random.ts'
import { editedConversation } from '../../support/edited-conversation.ts'
import { memoryPseudonyms } from './memory-pseudonyms.ts'

const limits = { maxDepth: 32 }
const endpoints = {
  'openai': ['chat.completions', '/v1/chat/completions'], 'anthropic': ['messages', '/v1/messages'],
  'gemini': ['generateContent', '/v1beta/models/small:generateContent'], 'openai-responses': ['responses', '/v1/responses'],
} as const satisfies Record<Dialect, readonly [string, string]>

const dutiesOf = (action: RedactAction, more: Partial<Duties> = {}): Duties => ({ ...noDuties, redact: [{ kinds: ['email', 'card', 'phone', 'iban', 'ipv4'], action, unless_local: false }], ...more })
const restores: Pick<Duties, 'restore'> = { restore: [{ kinds: ['email', 'card'], sinks: ['client'] }] }
/** What policy may ask for in one turn. Most turns ask for the first. */
const policies: readonly Duties[] = [
  dutiesOf('pseudonymise', restores), dutiesOf('mask'), dutiesOf('hash'), dutiesOf('drop'), { ...noDuties, redact: [{ kinds: ['iban'], action: 'block', unless_local: false }, ...dutiesOf('pseudonymise').redact] },
  { ...noDuties, ...restores, redact: [{ kinds: ['email'], action: 'pseudonymise', form: 'surrogate', unless_local: false }, ...dutiesOf('mask').redact] },
  { ...noDuties, redact: [{ kinds: ['email'], action: 'pseudonymise', unless_local: false }] },
]

interface Gateway {
  readonly read: (bytes: Buffer) => JsonDocument
  readonly classifier: (options: ClassifierOptions) => Classifier
  readonly marks: boolean
  readonly taint: MemoryTaint
}

const use = (surface: ModelSurface, document: JsonDocument) => (wanted: string) => (leaf: StringLeaf): boolean => surface.leafUse(leaf, document) === wanted

interface Said { readonly carried: Carried; readonly [what: string]: unknown }

/** All that one turn comes to. */
const said = ({ classifier, marks, read, taint }: Gateway, bytes: Buffer, surface: ModelSurface, { duties, options, pseudonyms }: { duties: Duties; options: ClassifierOptions; pseudonyms: Pseudonyms }): Said => {
  const document = read(bytes)
  const [name, path] = endpoints[surface.dialect]
  const operation = surface.read(name, path, {}, document)
  const looker = classifier(options)
  const classification = looker.look(document, surface.skipLeaf, () => 'prompt')
  if (classification instanceof Promise) throw new Error('nobody has to be asked')
  const whose = { owner: 'acme/alice', session: 'acme/alice/s' }
  const carried = carriedIn(taint, whose, document, surface.skipLeaf)
  if (learnDetected(taint, whose, document, classification, { origin: null, secretsAreHidden: true }) instanceof Promise) throw new Error('nothing is kept elsewhere')
  const is = use(surface, document)
  const action = actionFor(duties, notAModel)
  const plan = {
    actionFor: action, pseudonyms, mayEdit: is('rewrite'), isOurs: (kind: Parameters<ReturnType<typeof mayRestore>>[0]) => !mayRestore(duties, client)(kind),
    ...marks ? { mark: { by: surface, duties: bindingText(duties, notAModel) } } : {},
  }
  const { blocked, counts, edits } = rewriteDocument(document, classification, plan)
  const exposed = exposedIn(document, classification, {
    actionFor: action, pseudonyms, isWatched: is('watch'), isReasoning: leaf => surface.reasoning?.isReasoning(leaf, document) === true, ...marks ? { by: surface } : {},
  })
  return {
    needs: operation.needs, turn: surface.turn?.(document, {}) ?? genericTurn(document), hint: surface.sessionHint({}, document),
    perLeaf: classification.perLeaf, entities: Object.entries(classification.entities), unseen: classification.unseen, labels: looker.labelsOf(classification), carried,
    blocked, counts, body: marks ? spliceBytes(document, edits).toString() : splice(document.text, edits), dialectEdits: surface.modelEdits(operation, 'another'),
    exposed: exposed.map(({ kind, leaf }) => ({ kind, path: leaf.path })), entries: pseudonyms.entries.map(({ kind, placeholder, value }) => ({ kind, placeholder, value })),
  }
}

const tried = (turn: () => Said): Said | string => {
  try {
    return turn()
  } catch (error) {
    if (error instanceof Failure) return `${error.code} ${error.message}`
    throw error
  }
}

const usual: ClassifierOptions = { minConfidence: 0.5, memoBytes: 1 << 20, secretsAreHidden: true }

/**
 * Equal, but for labels that came with text: of too many sources that share a piece of a text some are given up, and what was recognised before that is
 * still known. What is carried is at least what would be found anew.
 */
const assertSame = (got: Said | string, expected: Said | string, message: string): void => {
  if (typeof got === 'string' || typeof expected === 'string') {
    assert.equal(got, expected, message)
    return
  }
  assert.deepEqual({ ...got, carried: null }, { ...expected, carried: null }, message)
  assert.equal(joinLabels(got.carried.labels, expected.carried.labels), got.carried.labels, message)
}

/** Of each session, for as long as nobody forgets it. */
class Vaults {
  readonly #sessions = new Map<string, Pseudonyms>()

  of(session: string): Pseudonyms {
    let known = this.#sessions.get(session)
    if (known === undefined) this.#sessions.set(session, known = memoryPseudonyms())
    return known
  }

  forget(session: string): void { this.#sessions.delete(session) }
}

describe('a history that comes again', () => {
  for (const dialect of Object.keys(endpoints) as Dialect[]) {
    test(`is in ${dialect} what it was when it was new, whatever was done to it, to policy, to detectors or to the session`, () => {
      const surface = modelSurfaces[dialect]
      let known = 0
      for (let seed = 1; seed <= 60; seed += 1) {
        const random = createRandom(seed * 31)
        const bodies = new ResentBodies({ leastBytes: 1 })
        const taint = { most: 100_000, ttlMs: 3_600_000, memoBytes: 1 << 24, clockMs: () => 1000, notes: notesOfProcess() }
        const remembering = new Classifier(usual)
        let options = usual
        const parts = new WeakSet<object>()
        const old: Gateway = {
          marks: true, taint: new MemoryTaint(taint), classifier: () => remembering,
          read: bytes => {
            const { document } = bodies.read('acme/alice', bytes, limits)
            for (const { part } of document.passages) {
              if (parts.has(part)) known += 1
              parts.add(part)
            }
            return document
          },
        }
        const fresh: Gateway = { marks: false, taint: new MemoryTaint(taint), read: bytes => readJson(bytes, limits), classifier: given => new Classifier(given) }
        const vaults = new Vaults()
        const rows = new Map<string, readonly PseudonymRow[]>()
        for (const text of editedConversation(dialect, seed, 12)) {
          const session = random.below(5) === 0 ? 'other' : 'one'
          const duties = random.below(3) === 0 ? random.pick(policies) : policies[0] ?? noDuties
          if (random.below(10) === 0) {
            options = { ...usual, minConfidence: random.pick([0.5, 0.99, 0.2]) }
            remembering.update(options)
          }
          if (random.below(12) === 0) {
            vaults.forget(session)
            rows.delete(session)
          }
          const pseudonyms = memoryPseudonyms(rows.get(session) ?? [])
          const expected = tried(() => said(fresh, Buffer.from(text), surface, { duties, options, pseudonyms }))
          rows.set(session, pseudonyms.entries)
          const got = tried(() => said(old, Buffer.from(text), surface, { duties, options, pseudonyms: vaults.of(session) }))
          assertSame(got, expected, `seed ${seed}`)
        }
      }
      assert.ok(known > 2000, `only ${known} passages were known`)
    })
  }

  const turnsOf = (duties: Duties) => {
    const [surface, bodies, classifier, pseudonyms] = [modelSurfaces.openai, new ResentBodies({ leastBytes: 1 }), new Classifier(usual), memoryPseudonyms()]
    return (...texts: readonly string[]): string => {
      const { document } = bodies.read('a', Buffer.from(JSON.stringify({ model: 'small', messages: texts.map(content => ({ role: 'user', content })) })), limits)
      const { edits } = rewriteDocument(document, classifier.classify(document, surface.skipLeaf), {
        actionFor: actionFor(duties, notAModel), pseudonyms, mayEdit: use(surface, document)('rewrite'), isOurs: kind => !mayRestore(duties, client)(kind), mark: { by: surface, duties: bindingText(duties, notAModel) },
      })
      return spliceBytes(document, edits).toString()
    }
  }
  const quoting = 'the words [EMAIL_1] stand in a message of some length'
  const asking = 'what does the address anna.muster@example.com stand for'

  test('words that look like a placeholder are judged anew by what the session has come to know', () => {
    const turn = turnsOf(dutiesOf('pseudonymise'))
    assert.match(turn(quoting), /\[EMAIL_1 \]/)
    assert.match(turn(quoting, asking), /words \[EMAIL_1\] stand.*address \[EMAIL_1\] stand/)
    assert.match(turn(quoting, asking), /words \[EMAIL_1\] stand/)
  })

  test('a value that is learnt later is replaced in old messages, too, where no detector saw it', () => {
    const turn = turnsOf({ ...noDuties, redact: [{ kinds: ['password'], action: 'pseudonymise', unless_local: false }] })
    const old = 'we said opensesame77 to the door, and it opened for all of us'
    assert.match(turn(old), /opensesame77/)
    const later = turn(old, 'the password: "opensesame77" is what the config says')
    assert.doesNotMatch(later, /opensesame77/)
    assert.equal(turn(old, 'the password: "opensesame77" is what the config says'), later)
  })

  test('a value that is to be blocked stops every turn that holds it, also where only the session knows it', () => {
    const surface = modelSurfaces.openai
    const [bodies, classifier, pseudonyms] = [new ResentBodies({ leastBytes: 1 }), new Classifier(usual), memoryPseudonyms()]
    pseudonyms.placeholder('iban', 'unusual account 77')
    const duties: Duties = { ...noDuties, redact: [{ kinds: ['iban'], action: 'block', unless_local: false }] }
    for (let turn = 0; turn < 3; turn += 1) {
      const { document } = bodies.read('a', Buffer.from(JSON.stringify({ model: 'small', messages: [{ role: 'user', content: 'pay it from the unusual account 77 as always' }] })), limits)
      const { blocked } = rewriteDocument(document, classifier.classify(document, surface.skipLeaf), {
        actionFor: actionFor(duties, notAModel), pseudonyms, mayEdit: () => false, mark: { by: surface, duties: bindingText(duties, notAModel) },
      })
      assert.equal(blocked, 'iban')
    }
  })
})
