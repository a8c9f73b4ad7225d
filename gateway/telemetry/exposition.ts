// Prometheus text exposition (version 0.0.4) with the names that the OTLP translation gives: dots become underscores, the unit and
// "_total" are appended. One set of dashboards then serves both ways of collecting.
import type { AnyInstrument, Histogram, HistogramState, InstrumentInit, LabelValues } from './instruments.ts'

const unitNames: Readonly<Record<string, string>> = { s: 'seconds', ms: 'milliseconds', By: 'bytes', USD: 'USD', 1: '' }

const clean = (name: string): string => name.replace(/[^a-zA-Z0-9_]/g, '_').replace(/__+/g, '_')

/** Metric name after the OTLP to Prometheus translation. Units in braces are annotations and are dropped. */
export const prometheusName = ({ name, unit }: InstrumentInit, kind: AnyInstrument['kind']): string => {
  const suffix = unit.startsWith('{') ? '' : unitNames[unit] ?? unit
  const base = clean(name)
  const withUnit = suffix === '' || base.endsWith(`_${suffix}`) ? base : `${base}_${suffix}`
  return kind === 'counter' ? `${withUnit}_total` : withUnit
}

const escapeValue = (value: string): string => value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')

const pairs = (names: readonly string[], values: LabelValues): string[] =>
  names.map((name, index) => `${clean(name)}="${escapeValue(values[index] ?? '')}"`)

const braces = (inside: readonly string[]): string => inside.length === 0 ? '' : `{${inside.join(',')}}`

const histogramLines = (name: string, histogram: Histogram, labels: readonly string[], state: HistogramState): string[] => {
  let below = 0
  const buckets = [...histogram.bounds.map(String), '+Inf'].map((bound, index) => {
    below += state.counts[index] ?? 0
    return `${name}_bucket${braces([...labels, `le="${bound}"`])} ${below}`
  })
  return [...buckets, `${name}_sum${braces(labels)} ${state.sum}`, `${name}_count${braces(labels)} ${state.count}`]
}

/** Text of one scrape. */
export const expose = (instruments: readonly AnyInstrument[]): string => {
  const lines: string[] = []
  for (const instrument of instruments) {
    const name = prometheusName(instrument.init, instrument.kind)
    lines.push(`# HELP ${name} ${instrument.init.help}`, `# TYPE ${name} ${instrument.kind}`)
    for (const { values, state } of instrument.series.values()) {
      const labels = pairs(instrument.init.labels, values)
      if (instrument.kind === 'histogram') lines.push(...histogramLines(name, instrument, labels, state as HistogramState))
      else lines.push(`${name}${braces(labels)} ${(state as { total: number }).total}`)
    }
  }
  return `${lines.join('\n')}\n`
}
