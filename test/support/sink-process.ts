import { startSink } from '#infra/local/sink/sink.ts';

/** A sink in a process of its own, for tests that kill it: `node sink-process.ts <folder>` prints its address. */
const sink = await startSink({
  dataDir: process.argv[2] ?? '',
  secrets: {},
  configurationSets: { mail: { eventTopicArn: 'arn:topic', eventTypes: ['SEND'] } },
  publish: () => new Promise(() => setInterval(() => undefined, 1000)),
});
process.stdout.write(`${sink.url}\n`);
