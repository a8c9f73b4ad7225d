// Traces with OpenTelemetry: manual spans, explicit parents, no AsyncLocalStorage. Without an endpoint nothing is recorded, but ids are
// still given out: callers and audit name them. A telemetry failure never fails a call.
import { randomBytes } from 'node:crypto'
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags, type Attributes, type Context, type Span, type Tracer } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace'
import type { AttributeValue, SpanHandle } from '../exchange/trace.ts'
import { attributes } from './names.ts'
import { readTraceParent, writeTraceParent } from './traceparent.ts'

export interface TracingOptions {
  readonly serviceName: string
  readonly serviceVersion: string
  readonly environment: string
  /** Base URL of an OTLP http/protobuf receiver, or null. */
  readonly endpoint: string | null
  readonly headers: Readonly<Record<string, string>>
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
  /** Spans that could not be exported. */
  readonly failedExports: number
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

  set(name: string, value: AttributeValue): void { this.#span.setAttribute(name, value as string) }

  child(name: string, kind: 'client' | 'internal', given?: Readonly<Record<string, AttributeValue>>): SpanHandle {
    const parent = trace.setSpan(ROOT_CONTEXT, this.#span)
    const span = this.#tracer.startSpan(name, { kind: kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL, attributes: (given ?? {}) as Attributes }, parent)
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

/** Counts what an exporter could not deliver, and says so once a minute at most. */
class CountingExporter implements SpanExporter {
  failed = 0
  readonly #inner: SpanExporter
  readonly #log: (message: string) => void
  #saidMs = -Infinity

  constructor(inner: SpanExporter, log: (message: string) => void) {
    this.#inner = inner
    this.#log = log
  }

  export(spans: ReadableSpan[], done: Parameters<SpanExporter['export']>[1]): void {
    this.#inner.export(spans, result => {
      if (result.code !== 0) {
        this.failed += spans.length
        const now = performance.now()
        if (now - this.#saidMs > 60_000) {
          this.#saidMs = now
          this.#log(`traces could not be exported: ${result.error?.message ?? 'unknown reason'} (${this.failed} spans lost so far)`)
        }
      }
      done(result)
    })
  }

  forceFlush(): Promise<void> { return this.#inner.forceFlush?.() ?? Promise.resolve() }
  shutdown(): Promise<void> { return this.#inner.shutdown() }
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
  const exporter = new CountingExporter(new OTLPTraceExporter({
    url: `${options.endpoint.replace(/\/+$/, '')}/v1/traces`, headers: { ...options.headers }, compression: CompressionAlgorithm.GZIP,
  }), options.log)
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': options.serviceName, 'service.version': options.serviceVersion, 'deployment.environment.name': options.environment,
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.sampleRatio) }),
    spanProcessors: [new BatchSpanProcessor({ exporter, maxQueueSize: 8192, maxExportBatchSize: 1024, scheduledDelayMillis: 1000 })],
  })
  const tracer = provider.getTracer('portcullis', options.serviceVersion)
  return {
    startServerSpan: ({ name, attributes: given, inbound }) => {
      const { context, links } = inboundContext(inbound, options.trustInbound)
      return new RecordedSpan(tracer.startSpan(name, { kind: SpanKind.SERVER, attributes: (given ?? {}) as Attributes, links }, context), tracer)
    },
    get failedExports() { return exporter.failed },
    shutdown: () => provider.shutdown(),
  }
}

const trustingUnrecorded: Tracing = {
  ...unrecorded,
  startServerSpan: ({ inbound }) => new UnrecordedSpan(readTraceParent(inbound)?.traceId ?? ids.take(32)),
}
