// The page docs/metrics.md, made from the definitions.

import { METRICS, type MetricDefinition } from './definitions.ts';

const INTRODUCTION = `# Metrics

<!-- Generated from src/runtime/metrics/definitions.ts; do not edit. -->

\`tributary up --metrics-port 9464\` and \`tributary worker --metrics-port 9464\` serve Prometheus text at \`http://127.0.0.1:9464/metrics\`, on this machine only. Each worker process has an address of its own: the first one's is the port given, the next ones count up. To let another machine read it, put a proxy that asks for a password in front.

Labels hold names of the project's configuration (syncs, systems, streams) and fixed words. No record, key or value is in them, and there are as many as the configuration has names.`;

const STORE = `Read from the store every 15 s. Every worker says the same: take \`max by (sync)\`, not a sum.`;

const TEMPORAL = `## Temporal's

The same address has what the SDK says of itself; its names begin with \`temporal_\`. Worth an alert:

| Metric | When |
|---|---|
| \`temporal_workflow_task_execution_failed\` | grows: a workflow cannot go on; a newer build is not compatible, or has a bug |
| \`temporal_activity_execution_failed\`, by \`activity_type\` | grows: a step fails again and again |
| \`temporal_activity_schedule_to_start_latency\` | high: more workers are needed |
| \`temporal_worker_task_slots_available\` | 0 all the time: the same |
| \`temporal_long_request_failure\` | grows: the server cannot be reached |

\`temporal_activity_execution_latency\`, by \`activity_type\`, is how long a batch takes in each phase.

## Alerts to begin with

\`\`\`yaml
groups:
  - name: tributary
    rules:
      - alert: SyncNotFresh
        expr: max by (sync) (tributary_last_good_run_seconds) > 86400
      - alert: WaitsForAPerson
        expr: max by (sync) (tributary_gate_waiting_seconds) > 14400 or max by (sync) (tributary_runs_open{phase="paused"}) == 1
      - alert: RunsFail
        expr: sum by (sync) (increase(tributary_runs_total{outcome="failed"}[1h])) > 2
      - alert: NobodyIsTold
        expr: max(tributary_notifications_due) > 0
        for: 1h
\`\`\``;

/** The metrics' reference in Markdown. */
export function metricsReference(): string {
  const all: readonly (readonly [string, MetricDefinition])[] = Object.entries(METRICS);
  const of = (ofStore: boolean): string =>
    [
      '| Metric | Type | Labels | Says |',
      '|---|---|---|---|',
      ...all
        .filter(([, metric]) => (metric.ofStore === true) === ofStore)
        .map(([name, { type, labels, says }]) => {
          const shown = labels.map((label) => `\`${label}\``).join(', ');
          return `| \`${name}\` | ${type} | ${shown} | ${says} |`;
        }),
    ].join('\n');
  return `${INTRODUCTION}\n\n## Of each worker\n\nCounted since the worker process began: sum over workers.\n\n${of(false)}\n\n## Of the whole\n\n${STORE}\n\n${of(true)}\n\n${TEMPORAL}\n`;
}
