// Spans and metrics as the pipeline sees them; telemetry/ implements both. A telemetry failure never fails a call.
import type { OutcomeRecord } from './record.ts'

export type AttributeValue = string | number | boolean | readonly string[]

export interface SpanHandle {
  readonly traceId: string
  readonly spanId: string
  readonly sampled: boolean
  set(name: string, value: AttributeValue): void
  /** What is asked is known only after the span began. */
  rename(name: string): void
  child(name: string, kind: 'client' | 'internal', attributes?: Readonly<Record<string, AttributeValue>>): SpanHandle
  /** W3C trace context header naming this span as the parent. */
  traceparent(): string
  end(result?: { readonly errorType?: string; readonly status?: number }): void
}

/** Where the time of an exchange went, milliseconds. */
export interface Timings { readonly policyMs: number; readonly upstreamMs: number; readonly detectorMs: number; readonly firstChunkMs: number | null }

export interface ExchangeMetrics {
  recordExchange(outcome: OutcomeRecord, timings: Timings): void
}
