// What a classifier says of a document when the operator's detectors, remote ones and media are counted in: at once where nobody has to be
// asked, and with labels for what was not looked at.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Answer } from '../../../gateway/exchange/answer.ts'
import type { Classification } from '../../../gateway/exchange/finding.ts'
import { noLabels } from '../../../gateway/exchange/labels.ts'
import { Classifier, type ClassifierOptions } from '../../../gateway/redaction/classify-document.ts'
import { RemoteBook } from '../../../gateway/redaction/detection.ts'
import { joinOwn } from '../../../gateway/redaction/own/own-detector.ts'
import { wordList } from '../../../gateway/redaction/own/word-list.ts'
import type { RemoteSpec } from '../../../gateway/redaction/remote/remote-spec.ts'
import { modelTextSource } from '../../../gateway/stages/text-source.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'

const read = (value: unknown): ReturnType<typeof readJson> => readJson(JSON.stringify(value), { maxDepth: 32 })
const usual: ClassifierOptions = { minConfidence: 0.5, memoBytes: 1 << 20 }
const projects = joinOwn([wordList({ kind: 'own:projects', labels: { labels: ['project'], sensitivity: 'confidential' } }, ['Falcon', 'X1'], true)])

const spec: RemoteSpec = {
  name: 'names', protocol: 'portcullis', url: 'http://127.0.0.1:1', bearer: null, headers: {}, sources: new Set(['prompt']), minChars: 5, maxChars: 1000, kinds: new Map(), ask: [], minScore: 0.5, language: 'en', model: 'm', options: {},
  raises: true, deadlineMs: 5000, giveUpMs: 5000, concurrency: 4, batchTexts: 64, batchChars: 10_000, breakerFailures: 99, breakerCooldownMs: 10, memoBytes: 1 << 20,
}

/** A detector that finds "Anna" and counts how often it is asked; or fails. */
const withRemote = (change: Partial<RemoteSpec> = {}, fails = false): { classifier: Classifier; asked: string[] } => {
  const asked: string[] = []
  const book = new RemoteBook(request => {
    const { texts } = JSON.parse(String(request.body)) as { texts: { id: string; text: string }[] }
    asked.push(...texts.map(({ text }) => text))
    const results = texts.map(({ id, text }) => ({ id, spans: text.includes('Anna') ? [{ start: text.indexOf('Anna'), end: text.indexOf('Anna') + 4, type: 'person', score: 0.8 }] : [] }))
    const answer: Answer = { status: fails ? 500 : 200, headers: {}, resume: () => undefined, abort: () => undefined, attach: sink => { sink.data(Buffer.from(JSON.stringify({ results, offset_unit: 'utf16' }))); sink.end() } }
    return Promise.resolve(answer)
  }, { called: () => undefined, rests: () => undefined })
  return { classifier: new Classifier(book.optionsOf({ names: false, quasi: false, secretsAreHidden: false, ...usual, remote: [{ ...spec, ...change }], digest: '' })), asked }
}

const look = (classifier: Classifier, value: unknown): Classification | Promise<Classification> => {
  const document = read(value)
  return classifier.look(document, () => false, modelTextSource(document))
}

describe('without remote detectors', () => {
  test('a look is a classification, at once', () => {
    const classifier = new Classifier(usual)
    const document = read({ text: 'anna@example.com' })
    assert.deepEqual(classifier.look(document, () => false, () => 'prompt'), classifier.classify(document, () => false))
  })

  test('own detectors find what is shorter than anything else, and put their labels on it', () => {
    const classifier = new Classifier({ ...usual, own: projects })
    const seen = classifier.classify(read({ a: 'X1', b: 'nothing', c: 'falcon, anna@example.com' }), () => false)
    assert.deepEqual(seen.entities, { 'own:projects': 2, email: 1 })
    assert.deepEqual(classifier.labelsOf(seen), { labels: ['pii', 'project'], sensitivity: 'confidential' })
  })

  test('where an own word is part of something else, it is found as what the operator says, and the rest stays what it was', () => {
    const classifier = new Classifier({ ...usual, own: projects })
    assert.deepEqual(classifier.find('falcon@example.com', null).map(({ kind, start, end }) => [kind, start, end]), [['own:projects', 0, 6], ['email', 7, 18]])
  })

  test('a text that a detector gave up on is unseen in every turn, and restricted', () => {
    const gaveUp = joinOwn([{ kind: 'own:slow', labels: noLabels, shortest: 1, find: () => false }])
    const classifier = new Classifier({ ...usual, own: gaveUp })
    for (let turn = 0; turn < 3; turn += 1) {
      const seen = classifier.classify(read([`a text that is long enough to be remembered ${'x '.repeat(40)}`]), () => false)
      assert.deepEqual(seen.unseen, ['detector:own:slow'])
      assert.deepEqual(classifier.labelsOf(seen), { labels: ['unseen'], sensitivity: 'restricted' })
      assert.deepEqual(classifier.labelsOf(seen, false), noLabels)
    }
  })

  test('media are listed and raise nothing', () => {
    const classifier = new Classifier(usual)
    const seen = look(classifier, { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }] }] }) as Classification
    assert.deepEqual(seen.unseen, ['image'])
    assert.deepEqual(classifier.labelsOf(seen).sensitivity, 'public')
  })

  test('an update is asked of texts that were looked at before', () => {
    const classifier = new Classifier(usual)
    const text = `Falcon ${'and so on '.repeat(10)}`
    assert.equal(classifier.find(text, null).length, 0)
    classifier.update({ ...usual, own: projects })
    assert.equal(classifier.find(text, null).length, 1)
    classifier.update(usual)
    assert.equal(classifier.find(text, null).length, 0)
  })
})

describe('with a remote detector', () => {
  const conversation = { system: 'You know Anna', messages: [{ role: 'user', content: 'I am Anna, anna@example.com' }, { role: 'user', content: 'no' }, { role: 'tool', content: 'Anna said so' }] }

  test('only what is new is asked, and what is known is said at once', async () => {
    const { asked, classifier } = withRemote()
    const first = look(classifier, conversation)
    assert.ok(first instanceof Promise)
    assert.deepEqual((await first).entities, { person: 1, email: 1 })
    assert.deepEqual(asked, ['I am Anna, anna@example.com'])
    const second = look(classifier, conversation)
    assert.ok(!(second instanceof Promise))
    assert.deepEqual(second, await first)
  })

  test('findings of both stand in order and apart', async () => {
    const { classifier } = withRemote()
    const { perLeaf } = await look(classifier, { messages: [{ role: 'user', content: 'bert@example.com Anna cara@example.com' }] })
    assert.deepEqual(perLeaf.map(({ findings }) => findings.map(({ kind, start }) => [kind, start])), [[['email', 0], ['person', 17], ['email', 22]]])
  })

  test('a failure is unseen and restricted, also beside what was found here', async () => {
    const { classifier } = withRemote({}, true)
    const seen = await look(classifier, conversation)
    assert.deepEqual(seen.unseen, ['detector:names'])
    assert.deepEqual(seen.entities, { email: 1 })
    assert.deepEqual(classifier.labelsOf(seen), { labels: ['pii', 'unseen'], sensitivity: 'restricted' })
    assert.deepEqual(classifier.labelsOf(seen, false), { labels: ['pii'], sensitivity: 'internal' })
  })

  test('a failure that is to be ignored is listed and raises nothing', async () => {
    const { classifier } = withRemote({ raises: false }, true)
    const seen = await look(classifier, conversation)
    assert.deepEqual(seen.unseen, ['detector:names'])
    assert.deepEqual(classifier.labelsOf(seen), { labels: ['pii'], sensitivity: 'internal' })
  })

  test('halves of surrogate pairs are not sent, and move nothing', async () => {
    const { asked, classifier } = withRemote()
    const { perLeaf } = await look(classifier, { messages: [{ role: 'user', content: 'lone \ud83d half, Anna' }] })
    assert.deepEqual(asked, ['lone \ufffd half, Anna'])
    assert.deepEqual(perLeaf[0]?.findings.map(({ start, end }) => [start, end]), [[13, 17]])
  })
})

describe('where texts of a model request come from', () => {
  const request = {
    system: [{ type: 'text', text: 'system' }], instructions: 'system', systemInstruction: { parts: [{ text: 'system' }] }, tools: [{ function: { description: 'tool_definition' } }],
    messages: [
      { role: 'system', content: 'system' }, { role: 'developer', content: [{ type: 'text', text: 'system' }] }, { role: 'user', content: 'prompt' }, { role: 'assistant', content: 'prompt', tool_calls: [{ function: { arguments: 'tool_call' } }] },
      { role: 'tool', content: [{ type: 'text', text: 'tool_result' }] }, { role: 'assistant', content: [{ type: 'text', text: 'prompt' }, { type: 'tool_use', input: { deep: { in: ['tool_call'] } } }] },
      { role: 'user', content: [{ type: 'tool_result', content: [{ type: 'text', text: 'tool_result' }] }, { type: 'text', text: 'prompt' }] },
    ],
    input: [{ type: 'function_call', arguments: 'tool_call' }, { type: 'function_call_output', output: 'tool_result' }, { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'prompt' }] }],
    contents: [{ role: 'model', parts: [{ functionCall: { args: { a: 'tool_call' } } }] }, { role: 'user', parts: [{ functionResponse: { response: { a: 'tool_result' } } }, { text: 'prompt' }] }],
  }
  const words = new Set(['system', 'tool_definition', 'prompt', 'tool_call', 'tool_result'])
  const document = read(request)
  const sourceOf = modelTextSource(document)
  const contents = document.strings.filter(leaf => leaf.form === 'value' && words.has(leaf.value) && leaf.key !== 'role' && leaf.key !== 'type')
  test('in every dialect', () => {
    assert.ok(contents.length >= 20)
    for (const leaf of contents) assert.equal(sourceOf(leaf), leaf.value, leaf.path.join('.'))
  })
})
