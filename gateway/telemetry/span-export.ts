// Sending spans in batches, with every span that is lost on the way counted. It never throws and never keeps a caller waiting.
import { TraceFlags } from '@opentelemetry/api'
import { ExportResultCode } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter, type SpanProcessor } from '@opentelemetry/sdk-trace'

type Compression = NonNullable<NonNullable<ConstructorParameters<typeof OTLPTraceExporter>[0]>['compression']>

/** Spans that wait for an export; past this many, further ones are lost. */
const maxWaiting = 8192
/** One export with its repetitions. Shutting down takes no longer. */
const exportTimeoutMs = 5000

/** Counts what an exporter could not deliver, and says so once a minute at most. */
class CountingExporter implements SpanExporter {
  failed = 0
  /** Spans that ended and were not handed to `export` yet. */
  waiting = 0
  readonly #inner: SpanExporter
  readonly #log: (message: string) => void
  #saidMs = -Infinity

  constructor(inner: SpanExporter, log: (message: string) => void) {
    this.#inner = inner
    this.#log = log
  }

  export(spans: ReadableSpan[], done: Parameters<SpanExporter['export']>[1]): void {
    this.waiting -= spans.length
    this.#inner.export(spans, result => {
      if (result.code !== ExportResultCode.SUCCESS) this.lose(spans.length, result.error?.message ?? 'unknown reason')
      done(result)
    })
  }

  lose(count: number, why: string): void {
    this.failed += count
    const now = performance.now()
    if (now - this.#saidMs <= 60_000) return
    this.#saidMs = now
    this.#log(`traces could not be exported: ${why} (${this.failed} spans lost so far)`)
  }

  forceFlush(): Promise<void> { return this.#inner.forceFlush?.() ?? Promise.resolve() }
  shutdown(): Promise<void> { return this.#inner.shutdown() }
}

export interface SpanExportInit {
  /** Full URL of the OTLP http/protobuf receiver. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly compression: 'none' | 'gzip'
  /** Told about losses, at most once a minute. */
  readonly log: (message: string) => void
}

/** The processor drops what exceeds its queue without a word; so that it is counted, the queue's length is watched in front of it. */
export class SpanExport implements SpanProcessor {
  readonly #inner: SpanProcessor
  readonly #exporter: CountingExporter

  constructor(init: SpanExportInit) {
    const exporter = this.#exporter = new CountingExporter(new OTLPTraceExporter({
      url: init.url, headers: { ...init.headers }, timeoutMillis: exportTimeoutMs,
      // The enum is declared in a package of which the exporter may bring a copy of its own: only its values are the same everywhere.
      // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment
      compression: init.compression as Compression,
    }), init.log)
    this.#inner = new BatchSpanProcessor({ exporter, maxQueueSize: maxWaiting, maxExportBatchSize: 1024, scheduledDelayMillis: 1000 })
  }

  /** Spans that were recorded and lost. */
  get failed(): number { return this.#exporter.failed }

  onStart(): void { /* batches have no use for it */ }

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return
    if (this.#exporter.waiting >= maxWaiting) {
      this.#exporter.lose(1, 'the collector is too slow')
      return
    }
    this.#exporter.waiting += 1
    this.#inner.onEnd(span)
  }

  forceFlush(): Promise<void> { return this.#inner.forceFlush() }
  shutdown(): Promise<void> { return this.#inner.shutdown() }
}
