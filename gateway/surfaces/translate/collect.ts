// The events of an answer, put together: what encoders of whole answers need.
import type { Usage } from '../../exchange/answer.ts'
import type { AnswerEvent, BlockStart, StopReason } from './events.ts'

export interface CollectedBlock { readonly start: BlockStart; text: string; signature: string | null }

export interface Collected {
  readonly id: string | null
  readonly blocks: readonly CollectedBlock[]
  readonly reason: StopReason
  readonly sequence: string | null
  readonly usage: Usage | null
}

export const collect = (events: readonly AnswerEvent[]): Collected => {
  const blocks = new Map<number, CollectedBlock>()
  let id: string | null = null
  let usage: Usage | null = null
  let reason: StopReason = 'end'
  let sequence: string | null = null
  for (const event of events) {
    switch (event.type) {
      case 'start':
        id = event.id
        usage = event.usage
        break
      case 'open': blocks.set(event.block, { start: event.start, text: '', signature: null }); break
      case 'stop':
        ({ reason, sequence } = event)
        usage = event.usage ?? usage
        break
      case 'delta': case 'signature': {
        const block = blocks.get(event.block)
        if (block === undefined) break
        if (event.type === 'delta') block.text += event.text
        else block.signature = (block.signature ?? '') + event.signature
        break
      }
      case 'close': case 'error': break
    }
  }
  return { id, blocks: [...blocks.values()], reason, sequence, usage }
}
