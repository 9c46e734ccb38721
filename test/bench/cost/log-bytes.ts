/** Bytes that CloudWatch Logs adds to each event. */
const EVENT_BYTES = 26;

/** Lines that a function wrote, and their bytes. */
export type Logged = { lines: number; bytes: number };

const id = '00000000-0000-0000-0000-000000000000';
const time = '2026-01-01T00:00:00.000Z';

/** Lambda's own lines about an invocation in its JSON format, from its documentation. */
const PLATFORM_LINES = [
  { time, type: 'platform.start', record: { requestId: id, version: '$LATEST' } },
  {
    time,
    type: 'platform.report',
    record: {
      requestId: id,
      metrics: { durationMs: 123.456, billedDurationMs: 124, memorySizeMB: 512, maxMemoryUsedMB: 128 },
      status: 'success',
    },
  },
].map((line) => JSON.stringify(line));

export const eventBytes = ({ lines, bytes }: Logged): number => bytes + lines * EVENT_BYTES;

/** Ingested bytes of the lines of a function and of Lambda about its invocations. */
export function logBytesOf(logged: Logged, invocations: number): number {
  const platform = { lines: PLATFORM_LINES.length, bytes: PLATFORM_LINES.join('').length };
  return eventBytes(logged) + invocations * eventBytes(platform);
}

/** Metrics in lines of CloudWatch's embedded metric format: each name with its dimensions is one on the bill. */
export function embeddedMetricsIn(lines: string[]): Set<string> {
  const metrics = new Set<string>();
  for (const line of lines.filter((candidate) => candidate.includes('"_aws"'))) {
    const { _aws, ...values } = JSON.parse(line) as EmbeddedMetrics & Record<string, unknown>;
    for (const { Namespace, Dimensions, Metrics } of _aws.CloudWatchMetrics) {
      const named = Dimensions.map((names) => names.map((name) => `${name}=${values[name]}`).join(' '));
      for (const { Name } of Metrics) for (const dimensions of named) metrics.add(`${Namespace} ${Name} ${dimensions}`);
    }
  }
  return metrics;
}

type EmbeddedMetrics = {
  _aws: { CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[] };
};
