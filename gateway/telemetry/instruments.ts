// Counters and histograms, aggregated in place: a record is a map look-up and an addition. The exposition reads them, nothing else does.

export type LabelValues = readonly string[]

/** Callers influence label values (model names, tools); past this many series of one metric the rest share the series "other". */
const maxSeries = 1000

export interface InstrumentInit {
  /** OpenTelemetry name, e.g. gen_ai.client.inference.duration. */
  readonly name: string
  /** UCUM unit as the convention gives it: s, {token}, USD, 1 … */
  readonly unit: string
  readonly help: string
  /** OpenTelemetry attribute names. */
  readonly labels: readonly string[]
}

abstract class Instrument<Series> {
  readonly init: InstrumentInit
  readonly series = new Map<string, { readonly values: LabelValues; readonly state: Series }>()

  constructor(init: InstrumentInit) { this.init = init }

  protected abstract start(): Series

  protected of(values: LabelValues): Series {
    const key = values.length === 1 ? values[0] ?? '' : values.join('\u0000')
    const known = this.series.get(key)
    if (known !== undefined) return known.state
    if (this.series.size >= maxSeries && key !== this.#otherKey()) return this.of(values.map(() => 'other'))
    const made = { values, state: this.start() }
    this.series.set(key, made)
    return made.state
  }

  #otherKey(): string { return this.init.labels.map(() => 'other').join('\u0000') }
}

export class Counter extends Instrument<{ total: number }> {
  readonly kind = 'counter'
  protected start(): { total: number } { return { total: 0 } }
  add(amount: number, ...values: string[]): void { this.of(values).total += amount }
  /** Takes over a total that is counted elsewhere and never falls. */
  set(total: number, ...values: string[]): void { this.of(values).total = total }
}

export class Gauge extends Instrument<{ total: number }> {
  readonly kind = 'gauge'
  protected start(): { total: number } { return { total: 0 } }
  set(value: number, ...values: string[]): void { this.of(values).total = value }
}

export interface HistogramState { readonly counts: number[]; sum: number; count: number }

export class Histogram extends Instrument<HistogramState> {
  readonly kind = 'histogram'
  /** Upper bounds in ascending order, in the metric's unit. */
  readonly bounds: readonly number[]

  constructor(init: InstrumentInit, bounds: readonly number[]) {
    super(init)
    this.bounds = bounds
  }

  protected start(): HistogramState { return { counts: this.bounds.map(() => 0).concat(0), sum: 0, count: 0 } }

  record(value: number, ...values: string[]): void {
    const state = this.of(values)
    let at = 0
    while (at < this.bounds.length && value > (this.bounds[at] ?? Infinity)) at += 1
    state.counts[at] = (state.counts[at] ?? 0) + 1
    state.sum += value
    state.count += 1
  }
}

export type AnyInstrument = Counter | Gauge | Histogram
