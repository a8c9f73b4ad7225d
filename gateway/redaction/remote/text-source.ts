// Where a text comes from, as far as it decides which remote detectors read it.

export const textSources = ['prompt', 'system', 'tool_definition', 'tool_call', 'tool_result', 'question', 'answer', 'header'] as const
export type TextSource = (typeof textSources)[number]
