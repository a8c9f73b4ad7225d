// How closely a model is to look at a picture. Only OpenAI's two APIs can say it, and one of them knows a word more.
import type { WireDialect } from '../../../registry/provider.ts'
import type { Conversation, ImagePart } from './conversation.ts'

const words: Readonly<Partial<Record<WireDialect, ReadonlySet<string>>>> = { 'openai': new Set(['low', 'high']), 'openai-responses': new Set(['low', 'high', 'original']) }

/** What a caller asked for; null for the usual. */
export const askedDetail = (value: unknown): string | null => typeof value === 'string' && value !== 'auto' ? value : null

/** The word for it in a dialect, or null where it has none. */
export const detailFor = (to: WireDialect, { detail = null }: ImagePart): string | null => detail !== null && words[to]?.has(detail) === true ? detail : null

/** Is there a picture whose detail a dialect cannot say? */
export const losesDetail = ({ turns }: Conversation, to: WireDialect): boolean => {
  const isLost = (part: { readonly kind: string }): boolean => {
    const image = part as ImagePart
    return part.kind === 'image' && (image.detail ?? null) !== null && detailFor(to, image) === null
  }
  return turns.some(({ parts }) => parts.some(part => isLost(part) || (part.kind === 'tool-result' && part.parts.some(isLost))))
}
