// Metrics by their names, on the SDK's exporter: one address for ours and Temporal's.

import type { MetricCounter, MetricGauge, MetricHistogram, MetricMeter } from '@temporalio/common';
import { METRICS, type MetricDefinition, type MetricName } from './definitions.ts';

type Labels<Name extends MetricName> = Readonly<Record<(typeof METRICS)[Name]['labels'][number], string>>;

/** Adds to a counter, sets a gauge, or records in a histogram, as the metric is. */
export type Measure = <Name extends MetricName>(name: Name, value: number, labels: Labels<Name>) => void;

export function measureOn(meter: MetricMeter): Measure {
  const made = new Map<string, (value: number, labels: Record<string, string>) => void>();
  return (name, value, labels) => {
    const put = made.get(name) ?? make(meter, name);
    made.set(name, put);
    put(value, labels);
  };
}

function make(meter: MetricMeter, name: MetricName): (value: number, labels: Record<string, string>) => void {
  const { type, says }: MetricDefinition = METRICS[name];
  if (type === 'counter') {
    const counter: MetricCounter = meter.createCounter(name, undefined, says);
    return (value, labels) => counter.add(value, labels);
  }
  if (type === 'gauge') {
    const gauge: MetricGauge = meter.createGauge(name, 'float', undefined, says);
    return (value, labels) => gauge.set(value, labels);
  }
  const histogram: MetricHistogram = meter.createHistogram(name, 'float', undefined, says);
  return (value, labels) => histogram.record(value, labels);
}

/** For the exporter. */
export function bucketOverrides(): Record<string, number[]> {
  const all: readonly (readonly [string, MetricDefinition])[] = Object.entries(METRICS);
  return Object.fromEntries(
    all.flatMap(([name, { buckets }]) => (buckets === undefined ? [] : [[name, [...buckets]]])),
  );
}
