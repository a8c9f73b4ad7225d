// Media that nobody looks into, in every form that dialects and MCP write them in.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mediaIn } from '../../../gateway/redaction/unseen-media.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'

const data = 'QUJDREVGR0g='
const utf16 = Buffer.from('name;mail\nAnna;anna.muster@example.com\n'.repeat(4), 'utf16le').toString('base64')
const part = (content: unknown): unknown => ({ messages: [{ role: 'user', content: [content] }] })

const cases: readonly (readonly [what: string, document: unknown, expected: readonly string[]])[] = [
  ['OpenAI: an inline picture', part({ type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } }), ['image']],
  ['OpenAI: the address of a picture', part({ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }), ['image']],
  ['OpenAI: a picture as a plain string', part({ type: 'image_url', image_url: 'https://example.com/a.png' }), ['image']],
  ['OpenAI: sound', part({ type: 'input_audio', input_audio: { data, format: 'wav' } }), ['audio']],
  ['OpenAI: a file', part({ type: 'file', file: { file_data: data, filename: 'a.pdf' } }), ['file']],
  ['OpenAI: the id of a file', part({ type: 'file', file: { file_id: 'f-1' } }), ['file']],
  ['Responses: a picture and a file', { input: [{ role: 'user', content: [{ type: 'input_image', image_url: data }, { type: 'input_file', file_url: 'https://example.com/a.pdf' }] }] }, ['file', 'image']],
  ['Anthropic: a picture', part({ type: 'image', source: { type: 'base64', media_type: 'image/png', data } }), ['image']],
  ['Anthropic: the address of a picture', part({ type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }), ['image']],
  ['Anthropic: a PDF', part({ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data } }), ['file']],
  ['Anthropic: an uploaded file', part({ type: 'document', source: { type: 'file', file_id: 'file_1' } }), ['file']],
  ['Anthropic: a document of text', part({ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'hello' } }), []],
  ['Anthropic: a picture in the result of a tool', part({ type: 'tool_result', content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data } }] }), ['image']],
  ['Gemini: inline data', { contents: [{ parts: [{ inlineData: { mimeType: 'audio/mp3', data } }, { inline_data: { mime_type: 'video/mp4', data } }] }] }, ['audio', 'file']],
  ['Gemini: the address of a file', { contents: [{ parts: [{ fileData: { mimeType: 'image/png', fileUri: 'gs://a/b' } }, { fileData: { fileUri: 'gs://a/c' } }] }] }, ['file', 'image']],
  ['MCP: a picture, sound, and bytes', { result: { content: [{ type: 'image', data, mimeType: 'image/png' }, { type: 'audio', data, mimeType: 'audio/wav' }, { type: 'resource', resource: { uri: 'file:///a', blob: data } }] } }, ['audio', 'file', 'image']],
  ['MCP: text in an encoding that nothing reads', { result: { contents: [{ uri: 'file:///a', mimeType: 'text/csv', blob: utf16 }] } }, ['file']],
  ['MCP: text that is encoded once', { result: { contents: [{ uri: 'file:///a', mimeType: 'text/csv', blob: Buffer.from('name;mail\n'.repeat(20)).toString('base64') }] } }, []],
  ['Gemini: text in an encoding that nothing reads', { contents: [{ parts: [{ inlineData: { mimeType: 'text/plain', data: utf16 } }] }] }, ['file']],
  ['MCP: a resource of text', { result: { contents: [{ uri: 'file:///a', mimeType: 'text/plain', text: 'hello' }] } }, []],
  ['a URL and data among the arguments of a tool', { params: { arguments: { url: 'https://example.com', data: 'x', blobs: ['y'] } } }, []],
  ['words about pictures', part({ type: 'text', text: 'image_url: data:image/png' }), []],
]
for (const [what, document, expected] of cases) {
  test(`${what}: ${expected.join(' and ') || 'nothing'}`, () => { assert.deepEqual([...mediaIn(readJson(JSON.stringify(document), { maxDepth: 32 }))].sort(), expected) })
}
