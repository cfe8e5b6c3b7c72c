// What the receiver counts, for the metrics.

/** Counters by name and labels; the values only grow. */
export class Counters {
  readonly #counts = new Map<string, number>();

  add(name: string, labels: Readonly<Record<string, string>>, by = 1): void {
    const key = seriesOf(name, labels);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + by);
  }

  /** As lines of Prometheus’ text format: `name{label="value"} count`. */
  lines(): readonly string[] {
    return [...this.#counts].map(([series, count]) => `${series} ${count}`);
  }
}

function seriesOf(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value.replace(/[\\"\n]/g, '\\$&')}"`);
  return `${name}{${pairs.join(',')}}`;
}
