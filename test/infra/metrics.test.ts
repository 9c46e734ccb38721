import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { compileCache } from '#infra/local/processes/compile-cache.ts';
import { COUNTER, FUNCTION, metricsNamespaceOf, OUTBOX_SERVICE, SUBSCRIBERS_SERVICE } from '#shared/names.ts';
import { embeddedMetricsIn } from '#test/bench/cost/log-bytes.ts';
import { alarmsIn } from '#test/support/alarms.ts';
import { resourcesOf, type Template, templateWith } from '#test/support/template.ts';

const root = join(import.meta.dirname, '..', '..');
const as = (stage: string): Template => templateWith(stage, (settings) => settings);

describe('our own metrics', () => {
  /** Runs the functions' code with the variables of the template, and reads the metrics that it prints. */
  function printedBy(name: string, script: string): Set<string> {
    const found = resourcesOf(as('dev'), 'AWS::Lambda::Function').map(
      ([, { Properties }]) => (Properties.Environment as { Variables: Record<string, unknown> }).Variables,
    );
    const variables = found.find(({ POWERTOOLS_SERVICE_NAME }) => POWERTOOLS_SERVICE_NAME === name) ?? {};
    const texts = Object.entries(variables).filter(([, value]) => typeof value === 'string');
    assert.ok(texts.length > 3, name);
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: root,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ...compileCache(), ...Object.fromEntries(texts), NODE_OPTIONS: '' },
    });
    assert.equal(status, 0, stderr);
    return embeddedMetricsIn(stdout.split('\n'));
  }

  const gauges = `
    import { cloudWatchGauges } from '#shared/adapters/aws/runtime/metrics.ts';
    import { memoryStore } from '#test/support/memory/memory-store.ts';
    import { emitGauges } from '#shared/delivery/gauges.ts';
    const log = { error(message, fields) { throw fields.error; } };
    const store = memoryStore();
    await emitGauges({ due: store, deadLetters: store, states: store, clock: { now: () => 0 }, gauges: cloudWatchGauges, log });
  `;
  const pauseGauges = `
    import { cloudWatchGauges } from '#shared/adapters/aws/runtime/metrics.ts';
    import { pauseFigures } from '#shared/lane/measure.ts';
    cloudWatchGauges.put(pauseFigures(undefined, [], 0));
  `;
  const counts = (names: string[], service?: string): string => `
    import { cloudWatchCounters } from '#shared/adapters/aws/runtime/counters.ts';
    const counters = cloudWatchCounters(${service ? JSON.stringify(service) : ''});
    for (const name of ${JSON.stringify(names)}) await counters.count(name, 2);
  `;

  it('are printed with the namespace, the names and the dimension that the alarms read', () => {
    const {
      outboxWoken,
      dueUnreadable,
      providerDeferred,
      deferredForPermission,
      messageReturned,
      feedbackUndocumented,
      feedbackUnattributed,
      // Only a stage with a provider outside AWS receives requests with events.
      emailEventsRefused: _,
      automaticRedrivesGivenUp,
      ...published
    } = COUNTER;
    const printed = new Set([
      ...printedBy(FUNCTION.wakeDue, gauges),
      ...printedBy(FUNCTION.watchLanes, pauseGauges),
      ...printedBy(FUNCTION.wakeDue, counts([outboxWoken, dueUnreadable])),
      ...printedBy(FUNCTION.relayOutbox, counts(Object.values(published), OUTBOX_SERVICE)),
      ...printedBy(FUNCTION.redriveOnAlarm, counts([automaticRedrivesGivenUp])),
      ...printedBy(FUNCTION.sendEmail, counts([providerDeferred, deferredForPermission])),
      ...printedBy(FUNCTION.sendSms, counts([providerDeferred, deferredForPermission])),
      ...printedBy(FUNCTION.postWebhook, counts([providerDeferred])),
      ...printedBy(FUNCTION.recordEmailFeedback, counts([messageReturned], SUBSCRIBERS_SERVICE)),
      ...printedBy(FUNCTION.recordEmailFeedback, counts([feedbackUndocumented, feedbackUnattributed])),
    ]);
    const namespace = metricsNamespaceOf('dev');
    const read = [...alarmsIn(as('dev')).values()]
      .flatMap(({ metrics }) => metrics)
      .filter((metric) => metric.namespace === namespace)
      .map(({ name, dimensions }) => {
        const named = Object.entries(dimensions).map(([key, value]) => `${key}=${value}`);
        return `${namespace} ${name} ${named.join(' ')}`;
      });
    assert.ok(read.length >= 12, read.join('\n'));
    assert.deepEqual(
      read.filter((metric) => !printed.has(metric)),
      [],
    );
    // Metrics without an alarm are at least on the dashboard: ages of rows that wait for people, and counts.
    assert.deepEqual([...printed].filter((metric) => !read.includes(metric)).sort(), [
      `${namespace} DeadLetterOldestOverdue service=wake-due`,
      `${namespace} FeedbackUnattributed service=record-email-feedback`,
      `${namespace} FeedbackUndocumented service=record-email-feedback`,
      `${namespace} HeldOldestOverdue service=wake-due`,
      `${namespace} NotificationCount service=wake-due`,
      `${namespace} OutboxCount service=wake-due`,
      `${namespace} SubscribersPaused service=watch-lanes`,
    ]);
  });
});
