// Traces with OpenTelemetry: manual spans, explicit parents, no AsyncLocalStorage. Without an endpoint nothing is recorded, but ids are
// still given out: callers and audit name them. A telemetry failure never fails a call.
import { randomBytes } from 'node:crypto'
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags, type Context, type Span, type Tracer } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace'
import type { AttributeValue, SpanHandle } from '../exchange/trace.ts'
import { attributes } from './names.ts'
import { SpanExport } from './span-export.ts'
import { readTraceParent, writeTraceParent } from './traceparent.ts'

export interface TracingOptions {
  readonly serviceName: string
  readonly serviceVersion: string
  readonly environment: string
  /** Base URL of an OTLP http/protobuf receiver, or null. */
  readonly endpoint: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly compression: 'none' | 'gzip'
  /** Share of traces that are recorded, 0 to 1. */
  readonly sampleRatio: number
  /** Callers' trace context becomes the parent; otherwise a new trace links to it. */
  readonly trustInbound: boolean
  /** Told about export failures, at most once a minute. */
  readonly log: (message: string) => void
}

export interface StartSpan {
  readonly name: string
  readonly attributes?: Readonly<Record<string, AttributeValue>>
  /** Inbound traceparent, as sent. */
  readonly inbound?: string | undefined
}

export interface Tracing {
  startServerSpan(start: StartSpan): SpanHandle
  /** Spans that were recorded and lost: the collector did not take them, or took them too slowly. */
  readonly failedExports: number
  /** Sends what is left, for as long as one export may take. Never rejects: what could not be sent is counted. */
  shutdown(): Promise<void>
}

/** Ids without a recorder: random bytes are drawn in blocks, because a call for each id would cost more than the rest of a span. */
class Ids {
  #pool = ''
  #at = 0

  take(hexDigits: number): string {
    if (this.#at + hexDigits > this.#pool.length) {
      this.#pool = randomBytes(4096).toString('hex')
      this.#at = 0
    }
    return this.#pool.slice(this.#at, this.#at += hexDigits)
  }
}

const ids = new Ids()

class UnrecordedSpan implements SpanHandle {
  readonly traceId: string
  readonly spanId: string = ids.take(16)
  readonly sampled = false

  constructor(traceId: string) { this.traceId = traceId }

  set(): void { /* nothing is recorded */ }
  rename(): void { /* nothing is recorded */ }
  child(): SpanHandle { return new UnrecordedSpan(this.traceId) }
  traceparent(): string { return writeTraceParent(this) }
  end(): void { /* nothing is recorded */ }
}

class RecordedSpan implements SpanHandle {
  readonly traceId: string
  readonly spanId: string
  readonly sampled: boolean
  readonly #span: Span
  readonly #tracer: Tracer

  constructor(span: Span, tracer: Tracer) {
    const context = span.spanContext()
    this.traceId = context.traceId
    this.spanId = context.spanId
    this.sampled = (context.traceFlags & TraceFlags.SAMPLED) !== 0
    this.#span = span
    this.#tracer = tracer
  }

  set(name: string, value: AttributeValue): void { this.#span.setAttribute(name, value) }
  rename(name: string): void { this.#span.updateName(name) }

  child(name: string, kind: 'client' | 'internal', given?: Readonly<Record<string, AttributeValue>>): SpanHandle {
    const parent = trace.setSpan(ROOT_CONTEXT, this.#span)
    const span = this.#tracer.startSpan(name, { kind: kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL, attributes: given ?? {} }, parent)
    return new RecordedSpan(span, this.#tracer)
  }

  traceparent(): string { return writeTraceParent(this) }

  end(result: { readonly errorType?: string; readonly status?: number } = {}): void {
    if (result.status !== undefined) this.#span.setAttribute(attributes.httpStatus, result.status)
    if (result.errorType !== undefined) {
      this.#span.setAttribute(attributes.errorType, result.errorType)
      this.#span.setStatus({ code: SpanStatusCode.ERROR })
    }
    this.#span.end()
  }
}

const unrecorded: Tracing = {
  startServerSpan: () => new UnrecordedSpan(ids.take(32)),
  failedExports: 0,
  shutdown: () => Promise.resolve(),
}

const inboundContext = (inbound: string | undefined, trusted: boolean): { context: Context; links: { context: { traceId: string; spanId: string; traceFlags: number; isRemote: true } }[] } => {
  const parent = readTraceParent(inbound)
  if (parent === null) return { context: ROOT_CONTEXT, links: [] }
  const remote = { traceId: parent.traceId, spanId: parent.spanId, traceFlags: parent.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE, isRemote: true as const }
  return trusted ? { context: trace.setSpanContext(ROOT_CONTEXT, remote), links: [] } : { context: ROOT_CONTEXT, links: [{ context: remote }] }
}

/** Starts tracing; one per process. */
export const createTracing = (options: TracingOptions): Tracing => {
  if (options.endpoint === null) return options.trustInbound ? trustingUnrecorded : unrecorded
  const spans = new SpanExport({ url: `${options.endpoint.replace(/\/+$/, '')}/v1/traces`, headers: options.headers, compression: options.compression, log: options.log })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': options.serviceName, 'service.version': options.serviceVersion, 'deployment.environment.name': options.environment,
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.sampleRatio) }),
    spanProcessors: [spans],
  })
  const tracer = provider.getTracer('portcullis', options.serviceVersion)
  return {
    startServerSpan: ({ name, attributes: given, inbound }) => {
      const { context, links } = inboundContext(inbound, options.trustInbound)
      return new RecordedSpan(tracer.startSpan(name, { kind: SpanKind.SERVER, attributes: given ?? {}, links }, context), tracer)
    },
    get failedExports() { return spans.failed },
    // Each loss was counted and told when it happened.
    shutdown: () => provider.shutdown().catch(() => undefined),
  }
}

const trustingUnrecorded: Tracing = {
  ...unrecorded,
  startServerSpan: ({ inbound }) => new UnrecordedSpan(readTraceParent(inbound)?.traceId ?? ids.take(32)),
}
