import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { startAlarms } from '#infra/local/alarms/alarms.ts';
import { embeddedMetricsIn } from '#infra/local/alarms/embedded-metrics.ts';
import { type AlarmState, type Datapoint, figureOf, stateAfter } from '#infra/local/alarms/evaluate.ts';
import { whyNotEvaluated } from '#infra/local/alarms/evaluated.ts';
import { followLines } from '#infra/local/alarms/log-files.ts';
import { lambdaEventOf, type StateChange, topicMessageOf } from '#infra/local/alarms/notices.ts';
import { openReadings } from '#infra/local/alarms/readings.ts';
import type { AlarmPlan, FigurePlan } from '#infra/local/template/alarms.ts';
import type { FunctionPlan } from '#infra/local/template/plan.ts';
import { documented } from '#test/support/aws-events.ts';
import { eventually } from '#test/support/eventually.ts';

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-alarms-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const letters: FigurePlan = {
  metric: { namespace: 'Counterfoil/test', name: 'DeadLetterCount', dimensions: { service: 'wake-due' } },
  statistic: 'Maximum',
  periodSeconds: 60,
};
const anAlarm = (more: Partial<AlarmPlan> = {}): AlarmPlan & { figure: FigurePlan } => ({
  name: 'dead-letters',
  arn: 'arn:aws:cloudwatch:eu-x-1:000000000000:alarm:dead-letters',
  description: 'There are dead letters.',
  comparison: 'GreaterThanOrEqualToThreshold',
  threshold: 1,
  datapointsToAlarm: 3,
  evaluationPeriods: 5,
  missingData: 'breaching',
  actions: { ALARM: ['arn:topic', 'arn:function'], OK: ['arn:topic'] },
  computedFrom: [],
  ...more,
  figure: letters,
});

const metricLine = (value: number, at: number): string =>
  JSON.stringify({
    _aws: {
      Timestamp: at,
      CloudWatchMetrics: [
        {
          Namespace: 'Counterfoil/test',
          Dimensions: [['service']],
          Metrics: [{ Name: 'DeadLetterCount', Unit: 'Count' }],
        },
      ],
    },
    service: 'wake-due',
    DeadLetterCount: value,
  });

describe('The state of an alarm', () => {
  const after = (datapoints: Datapoint[], before: AlarmState = 'OK', more: Partial<AlarmPlan> = {}) =>
    stateAfter(anAlarm(more), datapoints, before);

  it('is ALARM when enough of the last periods breach, in any order', () => {
    assert.equal(after([0, 1, 0, 7, 1]), 'ALARM');
    assert.equal(after([0, 1, 0, 7, 0]), 'OK');
  });

  it('follows what the alarm says about missing figures', () => {
    const none = [undefined, undefined, undefined];
    assert.equal(after([...none, 0, 0]), 'ALARM');
    assert.equal(after([...none, 0, 0], 'ALARM', { missingData: 'notBreaching' }), 'OK');
    assert.equal(after(none, 'ALARM', { missingData: 'ignore' }), 'ALARM');
    assert.equal(after(none, 'ALARM', { missingData: 'missing' }), 'INSUFFICIENT_DATA');
    assert.equal(after([...none, 0], 'ALARM', { missingData: 'ignore' }), 'OK');
  });

  it('does not change before enough periods have passed', () => {
    assert.equal(after([0, 0], 'INSUFFICIENT_DATA'), 'INSUFFICIENT_DATA');
    assert.equal(after([0, 0, 0], 'INSUFFICIENT_DATA'), 'OK');
    assert.equal(after([1, 1, 1], 'INSUFFICIENT_DATA'), 'ALARM');
  });

  it('compares as the alarm says', () => {
    const one = { datapointsToAlarm: 1, threshold: 3 };
    assert.equal(after([3], 'OK', { ...one, comparison: 'GreaterThanThreshold' }), 'OK');
    assert.equal(after([4], 'OK', { ...one, comparison: 'GreaterThanThreshold' }), 'ALARM');
    assert.equal(after([2], 'OK', { ...one, comparison: 'LessThanThreshold' }), 'ALARM');
  });

  it('is about one figure per period', () => {
    const figures = ['Sum', 'Average', 'SampleCount', 'Maximum', 'Minimum'].map((name) => figureOf(name, [1, 2, 6]));
    assert.deepEqual(figures, [9, 3, 3, 6, 1]);
    assert.equal(figureOf('Sum', []), undefined);
    assert.throws(() => figureOf('p99', [1]), /p99 is not evaluated/);
  });
});

describe('An alarm that is not evaluated here', () => {
  it('says why: its metric, its statistic, or a figure that is computed from several metrics', () => {
    const { metric } = letters;
    const metricOf = (more: Partial<typeof metric>): FigurePlan => ({ ...letters, metric: { ...metric, ...more } });
    const ofFunction = { namespace: 'AWS/Lambda', name: 'Errors', dimensions: { FunctionName: 'f' } };
    const because = (figure?: FigurePlan, computedFrom: string[] = []) =>
      whyNotEvaluated({ computedFrom, ...(figure && { figure }) });
    assert.equal(because(letters), undefined);
    assert.equal(because(metricOf(ofFunction)), undefined);
    assert.deepEqual(
      [
        because(metricOf({ ...ofFunction, name: 'Throttles' })),
        because(metricOf({ ...ofFunction, dimensions: { FunctionName: 'f', Resource: 'f:live' } })),
        because(metricOf({ namespace: 'AWS/SQS', name: 'ApproximateAgeOfOldestMessage' })),
        because({ ...letters, statistic: 'p99' }),
        because(undefined, ['Counterfoil/test One', 'Counterfoil/test Other']),
      ],
      [
        'nothing here reports AWS/Lambda Throttles',
        'nothing here reports AWS/Lambda Errors of one alias',
        'nothing here reports AWS/SQS ApproximateAgeOfOldestMessage',
        'nothing here computes the statistic p99',
        'it computes its figure from Counterfoil/test One and Counterfoil/test Other, and nothing here computes figures',
      ],
    );
  });
});

describe('The metrics of functions', () => {
  it('are read from lines in the embedded metric format', () => {
    assert.deepEqual(embeddedMetricsIn(metricLine(4, 1000)), [{ metric: letters.metric, at: 1000, value: 4 }]);
    assert.deepEqual(embeddedMetricsIn('{"level":"INFO","message":"Request answered"}'), []);
    assert.deepEqual(embeddedMetricsIn(metricLine(4, 1000).slice(0, -5)), []);
  });

  it('are kept as long as an alarm looks back, if an alarm reads them', () => {
    const readings = openReadings([letters.metric], 100);
    const other = { ...letters.metric, dimensions: { service: 'relay-outbox' } };
    for (const at of [100, 150, 200]) readings.put(letters.metric, { at, value: at });
    readings.put(other, { at: 150, value: 1 });
    assert.deepEqual(readings.between(letters.metric, 100, 200), [100, 150]);
    assert.deepEqual(readings.between(other, 0, 1000), []);
    readings.forgetBefore(240);
    assert.deepEqual(readings.between(letters.metric, 0, 1000), [150, 200]);
  });

  it('are followed line by line, without what was written before', async () => {
    const file = join(folder, 'followed.log');
    writeFileSync(file, 'before\n');
    const lines: string[] = [];
    const read = await followLines([file], (line) => lines.push(line));
    appendFileSync(file, 'first\nsec');
    await read();
    appendFileSync(file, 'ond\n');
    await read();
    assert.deepEqual(lines, ['first', 'second']);
  });
});

const change: StateChange = {
  alarm: anAlarm(),
  region: 'eu-x-1',
  state: { value: 'ALARM', reason: 'The last figures were 1, 1, 1.', at: '2026-11-30T10:00:00.000Z' },
  previous: { value: 'OK', reason: 'The last figures were 0, 0, 0.', at: '2026-11-30T09:00:00.000Z' },
};

/** The paths of all fields. */
const pathsOf = (value: unknown, path = ''): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, `${path}.${key}`))
    : [path];

describe('The notice of an alarm', () => {
  it("to a function has the fields of AWS's event", () => {
    const optional = ['.alarmData.previousState.reasonData', '.alarmData.configuration.metrics.0.metricStat.unit'];
    const inDimensions = (path: string) => path.replace(/(dimensions)\..*/, '$1');
    assert.deepEqual(
      pathsOf(lambdaEventOf(change)).map(inDimensions).sort(),
      pathsOf(documented.alarm())
        .map(inDimensions)
        .filter((path) => !optional.includes(path))
        .sort(),
    );
    assert.equal(lambdaEventOf(change).time, '2026-11-30T10:00:00.000+0000');
  });

  it('to a topic names the alarm, both states and the trigger', () => {
    const { AlarmName, NewStateValue, OldStateValue, Trigger } = JSON.parse(topicMessageOf(change));
    assert.deepEqual([AlarmName, OldStateValue, NewStateValue], ['dead-letters', 'OK', 'ALARM']);
    assert.deepEqual(Trigger.Dimensions, [{ name: 'service', value: 'wake-due' }]);
  });
});

describe('The alarms of the local cloud', () => {
  const aFunction = (name: string): FunctionPlan => ({
    name,
    physicalName: `stack-${name}`,
    arn: `arn:${name}`,
    taskRoot: '/',
    handler: 'handler.handler',
    timeoutSeconds: 1,
    memoryMb: 128,
    environment: {},
    policies: [],
  });

  it('fire on figures in the logs and on failed invocations, and perform their actions', async () => {
    const published: string[] = [];
    const invoked: unknown[] = [];
    const failing: FigurePlan = {
      metric: { namespace: 'AWS/Lambda', name: 'Errors', dimensions: { FunctionName: 'stack-send-email' } },
      statistic: 'Sum',
      periodSeconds: 60,
    };
    const once = { datapointsToAlarm: 1, evaluationPeriods: 40, missingData: 'notBreaching' } as const;
    writeFileSync(join(folder, 'wake-due.log'), '');
    writeFileSync(join(folder, 'send-email.log'), '');
    let tries = 0;
    const alarms = await startAlarms({
      plan: {
        region: 'eu-x-1',
        functions: [aFunction('wake-due'), aFunction('send-email')],
        topics: [{ name: 'topic', arn: 'arn:topic' }],
        alarms: [
          { ...anAlarm(once), actions: { ALARM: ['arn:wake-due', 'arn:other'], OK: [] } },
          { ...anAlarm(once), name: 'errors', figure: failing, actions: { ALARM: ['arn:topic'], OK: [] } },
          { ...anAlarm(), name: 'age', figure: { ...failing, metric: { ...failing.metric, namespace: 'AWS/SQS' } } },
        ],
      },
      logsFolder: folder,
      minuteMs: 50,
      invoke: async (name, event) => {
        tries += 1;
        if (tries === 1) throw new Error('killed');
        invoked.push([name, event]);
      },
      publish: async (topic, message) => void published.push(topic, JSON.parse(message).AlarmName),
      log: () => undefined,
    });
    try {
      await eventually('both alarms', async () => {
        appendFileSync(join(folder, 'wake-due.log'), `${metricLine(2, Date.now())}\n`);
        alarms.invoked('send-email', true);
        return alarms.list().performed.length === 3;
      });
      const { alarms: states, notEvaluated, performed } = alarms.list();
      assert.deepEqual(
        states.map(({ name, value }) => [name, value]),
        [
          ['dead-letters', 'ALARM'],
          ['errors', 'ALARM'],
        ],
      );
      assert.deepEqual(notEvaluated, [{ name: 'age', because: 'nothing here reports AWS/SQS Errors' }]);
      assert.deepEqual(published, ['arn:topic', 'errors']);
      assert.equal(tries, 2);
      assert.deepEqual(
        invoked.map((one) => (one as [string, unknown])[0]),
        ['wake-due'],
      );
      assert.deepEqual(
        performed.flatMap(({ failed }) => failed ?? []),
        ['arn:other is neither a topic nor a function of the template.'],
      );
    } finally {
      alarms.stop();
    }
  });
});
