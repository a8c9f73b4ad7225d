// W3C Trace Context, level 1: reading and writing the traceparent header. Baggage and tracestate are never forwarded.

export interface TraceParent { readonly traceId: string; readonly spanId: string; readonly sampled: boolean }

const pattern = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/

/** Null for anything but a valid header with non-zero ids. Version 00 has exactly four fields. */
export const readTraceParent = (header: string | undefined | null): TraceParent | null => {
  if (header === undefined || header === null) return null
  const match = pattern.exec(header)
  const [, traceId, spanId, flags] = match ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return null
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId) || (header.startsWith('00-') && header.length !== 55)) return null
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

export const writeTraceParent = (parent: TraceParent): string => `00-${parent.traceId}-${parent.spanId}-${parent.sampled ? '01' : '00'}`
