// Every string of a maximal message, one by one: a value in its place is replaced, or stops the message. What looks like an id may stand where
// the protocol has its own words; those places are listed here, each with its reason, and no other is left unlooked at.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { JsonDocument, StringLeaf } from '../../../gateway/exchange/document.ts'
import { skipsQuestionLeaf, skipsReplyLeaf, skipsRequestLeaf } from '../../../gateway/stages/mcp-leaves.ts'
import { anthropicSurface } from '../../../gateway/surfaces/anthropic/surface.ts'
import { geminiSurface } from '../../../gateway/surfaces/gemini/surface.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'
import type { ModelSurface } from '../../../gateway/surfaces/model-surface.ts'
import { openaiSurface } from '../../../gateway/surfaces/openai/surface.ts'
import { responsesSurface } from '../../../gateway/surfaces/openai-responses/surface.ts'
import { bodies, messages } from './every-field.ts'

const read = (value: unknown): JsonDocument => readJson(JSON.stringify(value), { maxDepth: 40 })

/** With a value that no id looks like, and with one that could be one. */
const value = 'anna.muster@example.com'
const idLike = 'Q3EGRIJ4TBWLXZ7M'

type Put = (leaf: StringLeaf, text: string) => { readonly leaf: StringLeaf; readonly document: JsonDocument }

/** The same document with another text in the place of one of its strings. */
const putting = (body: unknown): Put => (given, text) => {
  const copy = structuredClone(body)
  let at = copy as Record<string | number, unknown>
  for (const segment of given.path.slice(0, -1)) at = at[segment] as Record<string | number, unknown>
  const last = given.path.at(-1) as string | number
  at[last] = text
  const document = read(copy)
  const leaf = document.strings.find(one => one.form === 'value' && one.path.join('\0') === given.path.join('\0'))
  assert.ok(leaf !== undefined)
  return { leaf, document }
}

const valuesOf = (document: JsonDocument): readonly StringLeaf[] => document.strings.filter(({ form }) => form === 'value')
const placeOf = ({ path }: StringLeaf): string => path.map(segment => typeof segment === 'number' ? '#' : segment).join('.')

const surfaces: Readonly<Record<string, ModelSurface>> = { openai: openaiSurface, 'openai-responses': responsesSurface, anthropic: anthropicSurface, gemini: geminiSurface }

for (const [dialect, { body, owned }] of Object.entries(bodies)) {
  const surface = surfaces[dialect] as ModelSurface
  const put = putting(body)
  const leaves = valuesOf(read(body))

  suite(`${dialect}: ${leaves.length} strings`, () => {
    test('a value is replaced or stops the request, whatever place it stands in', () => {
      for (const given of leaves) {
        const { leaf, document } = put(given, value)
        assert.notEqual(surface.leafUse(leaf, document), 'ignore', placeOf(leaf))
      }
    })

    test('only the places that are listed hold ids and words unlooked at', () => {
      const ignored = leaves.filter(given => {
        const { leaf, document } = put(given, idLike)
        return surface.leafUse(leaf, document) === 'ignore'
      })
      assert.deepEqual([...new Set(ignored.map(placeOf))].sort(), Object.values(owned).flat().sort())
    })

    test('keys are content', () => {
      for (const leaf of read({ ...body as object, [value]: 1, metadata: { [value]: value } }).strings) if (leaf.value === value) assert.equal(surface.leafUse(leaf), 'rewrite', placeOf(leaf))
    })
  })
}

const skipping = { request: skipsRequestLeaf, reply: skipsReplyLeaf, question: skipsQuestionLeaf } as const

for (const { body, name, never, owned, side } of messages) {
  const skips = skipping[side]
  const put = putting(body)
  const leaves = valuesOf(read(body))

  test(`MCP, ${name}: ${leaves.length} strings`, () => {
    const unlooked = (text: string): string[] => [...new Set(leaves.filter(given => skips(put(given, text).leaf)).map(placeOf))].sort()
    assert.deepEqual(unlooked(value), Object.values(never).flat().sort(), 'never looked at')
    assert.deepEqual(unlooked(idLike), [...Object.values(never), ...Object.values(owned)].flat().sort(), 'not looked at where it could be an id')
  })
}
