import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import type { StageSettings } from '#infra/settings.ts';
import { COUNTER, FUNCTION, metricsNamespaceOf, OUTBOX_SERVICE, SUBSCRIBERS_SERVICE } from '#shared/names.ts';
import { embeddedMetricsIn } from '#test/bench/cost/log-bytes.ts';
import { alarmsIn, type FoundAlarm, referredTo, unwatchedIn } from '#test/support/alarms.ts';
import { platformTemplate, type Resource, resourcesOf, type Template, templateWith } from '#test/support/template.ts';

/**
 * Every alarm of stage prod: its metric, its threshold, and how it treats missing data. Written by hand and compared as
 * a whole, so that a missing or changed alarm is reported by name.
 */
const EXPECTED = [
  'api-errors: 100 * serverErrors / requests of AWS/ApiGateway 5xx{ApiId=api/http-api} Sum/300s of AWS/ApiGateway Count{ApiId=api/http-api} SampleCount/300s >= 1, 2 of 3, silence notBreaching',
  'api-refused: IF(requests >= 20, 100 * clientErrors / requests, 0) of AWS/ApiGateway 4xx{ApiId=api/http-api} Sum/300s of AWS/ApiGateway Count{ApiId=api/http-api} SampleCount/300s > 50, 3 of 3, silence notBreaching',
  'api-slow: AWS/ApiGateway Latency{ApiId=api/http-api} p99/300s >= 3000, 3 of 3, silence notBreaching',
  'table-reads-throttled: AWS/DynamoDB ReadThrottleEvents{TableName=table} Sum/60s >= 1, 3 of 5, silence notBreaching',
  'table-writes-throttled: AWS/DynamoDB WriteThrottleEvents{TableName=table} Sum/60s >= 1, 3 of 5, silence notBreaching',
  'due-index-throttled: AWS/DynamoDB WriteThrottleEvents{GlobalSecondaryIndexName=due, TableName=table} Sum/60s >= 1, 3 of 5, silence notBreaching',
  'tenant-log-throttled: AWS/DynamoDB WriteThrottleEvents{GlobalSecondaryIndexName=tenantLog, TableName=table} Sum/60s >= 1, 3 of 5, silence notBreaching',
  'commit-faults: AWS/DynamoDB SystemErrors{Operation=TransactWriteItems, TableName=table} Sum/60s >= 1, 3 of 5, silence notBreaching',
  'relay-behind: AWS/Lambda IteratorAge{FunctionName=relay-outbox/function} Maximum/60s >= 60000, 3 of 5, silence notBreaching',
  'slow-lane: Counterfoil/prod OutboxWoken{service=wake-due} Sum/300s >= 1, 3 of 6, silence notBreaching',
  'publish-failing: Counterfoil/prod PublishFailed{service=outbox} Sum/300s >= 1, 3 of 4, silence notBreaching',
  'topic-undelivered: AWS/SNS NumberOfNotificationsFailed{TopicName=topic} Sum/300s >= 1, 1 of 1, silence notBreaching',
  'topic-lost: AWS/SNS NumberOfNotificationsFailedToRedriveToDlq{TopicName=topic} Sum/300s >= 1, 1 of 1, silence notBreaching',
  'mail-events-undelivered: AWS/SNS NumberOfNotificationsFailed{TopicName=mail/events} Sum/300s >= 1, 1 of 1, silence notBreaching',
  'mail-events-lost: AWS/SNS NumberOfNotificationsFailedToRedriveToDlq{TopicName=mail/events} Sum/300s >= 1, 1 of 1, silence notBreaching',
  'text-events-undelivered: AWS/SNS NumberOfNotificationsFailed{TopicName=text-messages/events} Sum/300s >= 1, 1 of 1, silence notBreaching',
  'text-events-lost: AWS/SNS NumberOfNotificationsFailedToRedriveToDlq{TopicName=text-messages/events} Sum/300s >= 1, 1 of 1, silence notBreaching',
  'send-email-queue-old: AWS/SQS ApproximateAgeOfOldestMessage{QueueName=send-email-subscriber/queue} Maximum/60s >= 900, 3 of 5, silence notBreaching',
  'send-email-dead-letters: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=send-email-subscriber/dead-letters} Maximum/60s >= 1, 1 of 1, silence notBreaching',
  'send-email-undeliverable: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=send-email-subscriber/undeliverable} Maximum/60s >= 1, 1 of 1, silence notBreaching',
  'send-sms-queue-old: AWS/SQS ApproximateAgeOfOldestMessage{QueueName=send-sms-subscriber/queue} Maximum/60s >= 900, 3 of 5, silence notBreaching',
  'send-sms-dead-letters: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=send-sms-subscriber/dead-letters} Maximum/60s >= 1, 1 of 1, silence notBreaching',
  'send-sms-undeliverable: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=send-sms-subscriber/undeliverable} Maximum/60s >= 1, 1 of 1, silence notBreaching',
  'release-attachments-queue-old: AWS/SQS ApproximateAgeOfOldestMessage{QueueName=release-attachments-subscriber/queue} Maximum/60s >= 3600, 3 of 5, silence notBreaching',
  'release-attachments-dead-letters: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=release-attachments-subscriber/dead-letters} Maximum/60s >= 1, 1 of 1, silence notBreaching',
  'release-attachments-undeliverable: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=release-attachments-subscriber/undeliverable} Maximum/60s >= 1, 1 of 1, silence notBreaching',
  'project-statistics-queue-old: AWS/SQS ApproximateAgeOfOldestMessage{QueueName=project-statistics-subscriber/queue} Maximum/60s >= 3600, 3 of 5, silence notBreaching',
  'project-statistics-dead-letters: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=project-statistics-subscriber/dead-letters} Maximum/60s >= 1, 1 of 1, silence notBreaching',
  'project-statistics-undeliverable: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=project-statistics-subscriber/undeliverable} Maximum/60s >= 1, 1 of 1, silence notBreaching',
  'project-orders-queue-old: AWS/SQS ApproximateAgeOfOldestMessage{QueueName=project-orders-subscriber/queue} Maximum/60s >= 3600, 3 of 5, silence notBreaching',
  'project-orders-dead-letters: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=project-orders-subscriber/dead-letters} Maximum/60s >= 1, 1 of 1, silence notBreaching',
  'project-orders-undeliverable: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=project-orders-subscriber/undeliverable} Maximum/60s >= 1, 1 of 1, silence notBreaching',
  'record-email-feedback-queue-old: AWS/SQS ApproximateAgeOfOldestMessage{QueueName=record-feedback-subscriber/queue} Maximum/60s >= 450, 3 of 5, silence notBreaching',
  'record-email-feedback-dead-letters: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=record-feedback-subscriber/dead-letters} Maximum/60s >= 1, 1 of 1, silence notBreaching',
  'record-email-feedback-undeliverable: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=record-feedback-subscriber/undeliverable} Maximum/60s >= 1, 1 of 1, silence notBreaching',
  'record-sms-feedback-queue-old: AWS/SQS ApproximateAgeOfOldestMessage{QueueName=record-sms-feedback-subscriber/queue} Maximum/60s >= 3600, 3 of 5, silence notBreaching',
  'record-sms-feedback-dead-letters: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=record-sms-feedback-subscriber/dead-letters} Maximum/60s >= 1, 1 of 1, silence notBreaching',
  'record-sms-feedback-undeliverable: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=record-sms-feedback-subscriber/undeliverable} Maximum/60s >= 1, 1 of 1, silence notBreaching',
  'messages-returned: Counterfoil/prod MessageReturned{service=subscribers} Sum/900s >= 1, 2 of 3, silence notBreaching',
  'send-email-deferred: Counterfoil/prod ProviderDeferred{service=send-email} Sum/300s >= 1, 3 of 4, silence notBreaching',
  'send-sms-deferred: Counterfoil/prod ProviderDeferred{service=send-sms} Sum/300s >= 1, 3 of 4, silence notBreaching',
  'send-email-not-permitted: Counterfoil/prod DeferredForPermission{service=send-email} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'send-sms-not-permitted: Counterfoil/prod DeferredForPermission{service=send-sms} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'email-circuit-open: Counterfoil/prod EmailCircuitOpen{service=wake-due} Maximum/60s >= 1, 3 of 5, silence breaching',
  'sms-circuit-open: Counterfoil/prod SmsCircuitOpen{service=wake-due} Maximum/60s >= 1, 3 of 5, silence breaching',
  'notifications-failed: Counterfoil/prod NotificationFailed{service=outbox} Sum/900s >= 10, 1 of 1, silence notBreaching',
  'doubled: Counterfoil/prod NotificationDoubled{service=outbox} Sum/300s >= 1, 1 of 1, silence notBreaching',
  'bounce-rate: AWS/SES Reputation.BounceRate{} Maximum/900s >= 0.05, 1 of 1, silence ignore',
  'complaint-rate: AWS/SES Reputation.ComplaintRate{} Maximum/900s >= 0.001, 1 of 1, silence ignore',
  'wake-due-silent: AWS/Lambda Invocations{FunctionName=wake-due/function} Sum/300s < 3, 2 of 2, silence breaching',
  'outbox-overdue: Counterfoil/prod OutboxOldestOverdue{service=wake-due} Maximum/60s > 225, 3 of 5, silence breaching',
  'notification-overdue: Counterfoil/prod NotificationOldestOverdue{service=wake-due} Maximum/60s > 225, 3 of 5, silence breaching',
  'unknown-overdue: Counterfoil/prod UnknownOldestOverdue{service=wake-due} Maximum/60s > 225, 3 of 5, silence breaching',
  'due-unreadable: Counterfoil/prod DueUnreadable{service=wake-due} Sum/300s >= 1, 3 of 4, silence notBreaching',
  'unknown-many: Counterfoil/prod UnknownCount{service=wake-due} Maximum/60s >= 10, 3 of 5, silence breaching',
  'unknown-lasting: Counterfoil/prod UnknownCount{service=wake-due} Minimum/300s >= 1, 8 of 8, silence breaching',
  'held: Counterfoil/prod HeldCount{service=wake-due} Maximum/60s >= 1, 3 of 5, silence breaching',
  'dead-letters: Counterfoil/prod DeadLetterCount{service=wake-due} Maximum/60s >= 1, 3 of 5, silence breaching',
  'add-tenant-claim-errors: AWS/Lambda Errors{FunctionName=add-tenant-claim/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'add-tenant-claim-throttled: AWS/Lambda Throttles{FunctionName=add-tenant-claim/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'handle-command-errors: AWS/Lambda Errors{FunctionName=handle-command/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'handle-command-throttled: AWS/Lambda Throttles{FunctionName=handle-command/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'serve-query-errors: AWS/Lambda Errors{FunctionName=serve-query/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'serve-query-throttled: AWS/Lambda Throttles{FunctionName=serve-query/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'relay-outbox-errors: AWS/Lambda Errors{FunctionName=relay-outbox/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'relay-outbox-throttled: AWS/Lambda Throttles{FunctionName=relay-outbox/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'send-email-errors: AWS/Lambda Errors{FunctionName=send-email-subscriber/send-email/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'send-email-throttled: AWS/Lambda Throttles{FunctionName=send-email-subscriber/send-email/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'send-sms-errors: AWS/Lambda Errors{FunctionName=send-sms-subscriber/send-sms/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'send-sms-throttled: AWS/Lambda Throttles{FunctionName=send-sms-subscriber/send-sms/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'release-attachments-errors: AWS/Lambda Errors{FunctionName=release-attachments-subscriber/release-attachments/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'release-attachments-throttled: AWS/Lambda Throttles{FunctionName=release-attachments-subscriber/release-attachments/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'project-statistics-errors: AWS/Lambda Errors{FunctionName=project-statistics-subscriber/project-statistics/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'project-statistics-throttled: AWS/Lambda Throttles{FunctionName=project-statistics-subscriber/project-statistics/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'project-orders-errors: AWS/Lambda Errors{FunctionName=project-orders-subscriber/project-orders/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'project-orders-throttled: AWS/Lambda Throttles{FunctionName=project-orders-subscriber/project-orders/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'record-email-feedback-errors: AWS/Lambda Errors{FunctionName=record-feedback-subscriber/record-email-feedback/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'record-email-feedback-throttled: AWS/Lambda Throttles{FunctionName=record-feedback-subscriber/record-email-feedback/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'record-sms-feedback-errors: AWS/Lambda Errors{FunctionName=record-sms-feedback-subscriber/record-sms-feedback/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'record-sms-feedback-throttled: AWS/Lambda Throttles{FunctionName=record-sms-feedback-subscriber/record-sms-feedback/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'wake-due-errors: AWS/Lambda Errors{FunctionName=wake-due/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'wake-due-throttled: AWS/Lambda Throttles{FunctionName=wake-due/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'alarm-mails-undelivered: AWS/SNS NumberOfNotificationsFailed{TopicName=alarms/topic} Sum/300s >= 1, 1 of 1, silence notBreaching',
];

const root = join(import.meta.dirname, '..', '..');
const as = (stage: string): Template => templateWith(stage, (settings) => settings);
const platform = (): Template => platformTemplate('prod');
const linesOf = (template: Template): string[] => [...alarmsIn(template).values()].map(({ line }) => line);

const sourcesIn = (folder: string): string =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join(folder, path), 'utf8'))
    .join('\n');

function withoutResource(template: Template, logicalId: string): Template {
  const { [logicalId]: _, ...Resources } = template.Resources;
  return { ...template, Resources };
}

describe('the alarms of stage prod', () => {
  let template: Template;
  before(() => {
    template = platform();
  });

  for (const line of EXPECTED) {
    it(line, () => assert.ok(linesOf(template).includes(line), 'it is missing from the template, or changed there'));
  }

  it('are exactly these, in the order of a message’s path', () => {
    assert.deepEqual(linesOf(template), EXPECTED);
  });

  it('are each reported if missing: without one of them, exactly its own line is missing', () => {
    for (const { logicalId, line } of alarmsIn(template).values()) {
      const left = linesOf(withoutResource(template, logicalId));
      assert.deepEqual(
        EXPECTED.filter((expected) => !left.includes(expected)),
        [line],
      );
    }
  });

  it('treat missing data as breaching if wake-due emits the metric, or is the subject', () => {
    const measuredByWakeDue = ({ metrics }: FoundAlarm): boolean =>
      metrics.some(({ namespace, name, dimensions }) =>
        namespace === metricsNamespaceOf('prod')
          ? dimensions.service === FUNCTION.wakeDue && name !== COUNTER.outboxWoken && name !== COUNTER.dueUnreadable
          : name === 'Invocations',
      );
    for (const alarm of alarmsIn(template).values()) {
      assert.equal(alarm.silence === 'breaching', measuredByWakeDue(alarm), alarm.id);
    }
  });
});

const variants: Record<string, () => Template> = {
  local: () => as('local'),
  dev: () => as('dev'),
  staging: () => as('staging'),
  prod: () => as('prod'),
  'dev with an issuer of its own': () =>
    templateWith('dev', (settings) => ({
      ...settings,
      jwt: {
        kind: 'issuer',
        issuer: 'https://issuer.example/',
        audience: ['api'],
        scopePrefix: '',
        tenantClaim: 'tenant',
      },
    })),
};

for (const [name, templateOf] of Object.entries(variants)) {
  describe(`the alarms of stage ${name}`, () => {
    let template: Template;
    let alarms: FoundAlarm[];
    before(() => {
      template = templateOf();
      alarms = [...alarmsIn(template).values()];
    });

    it('cover every queue, dead-letter queue, topic, function, stream, schedule, API, table and index', () => {
      assert.deepEqual(unwatchedIn(template), []);
    });

    it('notify the alarm topic when they fire, and when they recover', () => {
      const [[, policy] = assert.fail()] = resourcesOf(template, 'AWS::SNS::TopicPolicy').filter(([, { Properties }]) =>
        JSON.stringify(Properties).includes('cloudwatch.amazonaws.com'),
      );
      const topic = (policy.Properties.Topics as unknown[]).map(referredTo);
      for (const { id, properties } of alarms) {
        assert.deepEqual((properties.AlarmActions as unknown[]).map(referredTo), topic, id);
        assert.deepEqual((properties.OKActions as unknown[]).map(referredTo), topic, id);
        assert.notEqual(properties.ActionsEnabled, false, id);
      }
    });

    it('describe what they mean, what to do first, and their runbook', () => {
      for (const { id, description } of alarms) {
        assert.match(description, /^\S.+\. First: .+\. Runbook: docs\/how-to\/runbooks\.md#[a-z-]+$/, id);
        // CloudFormation replaces characters outside ASCII, and CloudWatch accepts 1024 characters.
        assert.match(description, /^[\x20-\x7e]{80,1024}$/, id);
      }
    });

    it('have no tenant as a dimension', () => {
      const dimensions = alarms.flatMap(({ metrics }) => metrics.flatMap((metric) => Object.keys(metric.dimensions)));
      assert.deepEqual([...new Set(dimensions)].sort(), [
        'ApiId',
        'FunctionName',
        'GlobalSecondaryIndexName',
        'Operation',
        'QueueName',
        'TableName',
        'TopicName',
        'service',
      ]);
    });
  });
}

describe('a resource that is added without an alarm', () => {
  it('is reported by name: a queue, a dead-letter queue, a topic, a function', () => {
    const template = as('dev');
    const added: Record<string, Resource> = {
      newFunction: { Type: 'AWS::Lambda::Function', Properties: {} },
      newQueue: {
        Type: 'AWS::SQS::Queue',
        Properties: { RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['newDeadLetters', 'Arn'] } } },
      },
      newDeadLetters: { Type: 'AWS::SQS::Queue', Properties: {} },
      newTopic: { Type: 'AWS::SNS::Topic', Properties: {} },
    };
    assert.deepEqual(unwatchedIn({ ...template, Resources: { ...template.Resources, ...added } }), [
      'newQueue: AWS/SQS ApproximateAgeOfOldestMessage',
      'newDeadLetters: AWS/SQS ApproximateNumberOfMessagesVisible',
      'newTopic: AWS/SNS NumberOfNotificationsFailed',
      'newFunction: AWS/Lambda Errors',
      'newFunction: AWS/Lambda Throttles',
    ]);
  });
});

describe('alarm addresses', () => {
  const mailed = (template: Template): unknown[] =>
    resourcesOf(template, 'AWS::SNS::Subscription')
      .filter(([, { Properties }]) => Properties.Protocol === 'email')
      .map(([, { Properties }]) => Properties.Endpoint);

  it('are subscribed as the settings list them', () => {
    const addresses = ['one@shop.example', 'two@shop.example'];
    assert.deepEqual(mailed(templateWith('prod', (settings) => ({ ...settings, alarms: { addresses } }))), addresses);
    assert.deepEqual(mailed(as('dev')), []);
  });
});

describe('the thresholds', () => {
  it('depend on the timing settings of the stage', () => {
    const slower = (settings: StageSettings): StageSettings => ({
      ...settings,
      email: { ...settings.email, feedMarginSeconds: 1800 },
      timing: { ...settings.timing, outboxGraceSeconds: 90, firstClaimSeconds: 600, wakeIntervalSeconds: 20 },
    });
    const alarms = alarmsIn(templateWith('dev', slower));
    const conditionOf = (id: string): unknown[] => {
      const { Threshold, EvaluationPeriods } = alarms.get(id)?.properties ?? {};
      return [Threshold, EvaluationPeriods];
    };
    assert.deepEqual(conditionOf('relay-behind'), [90_000, 5]);
    assert.deepEqual(conditionOf('outbox-overdue'), [240, 5]);
    assert.deepEqual(conditionOf('send-email-queue-old'), [1800, 5]);
    assert.deepEqual(conditionOf('record-email-feedback-queue-old'), [900, 5]);
    // 120 + 1800 + 60 seconds for evidence, 1800 seconds for a probe, in periods of 300 seconds, plus one period.
    assert.deepEqual(conditionOf('unknown-lasting'), [1, 14]);
  });
});

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
      env: { PATH: process.env.PATH, ...Object.fromEntries(texts), NODE_OPTIONS: '' },
    });
    assert.equal(status, 0, stderr);
    return embeddedMetricsIn(stdout.split('\n'));
  }

  const gauges = `
    import { cloudWatchGauges } from '#shared/adapters/aws/runtime/metrics.ts';
    import { memoryStore } from '#shared/adapters/memory/memory-store.ts';
    import { emitGauges } from '#shared/delivery/gauges.ts';
    const log = { error(message, fields) { throw fields.error; } };
    const store = memoryStore();
    await emitGauges({ due: store, states: store, clock: { now: () => 0 }, gauges: cloudWatchGauges, log });
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
      ...published
    } = COUNTER;
    const printed = new Set([
      ...printedBy(FUNCTION.wakeDue, gauges),
      ...printedBy(FUNCTION.wakeDue, counts([outboxWoken, dueUnreadable])),
      ...printedBy(FUNCTION.relayOutbox, counts(Object.values(published), OUTBOX_SERVICE)),
      ...printedBy(FUNCTION.sendEmail, counts([providerDeferred, deferredForPermission])),
      ...printedBy(FUNCTION.sendSms, counts([providerDeferred, deferredForPermission])),
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
    ]);
  });
});

describe('the runbooks', () => {
  const text = readFileSync(join(root, 'docs', 'how-to', 'runbooks.md'), 'utf8');
  const sections = new Map(
    text
      .split(/^### /m)
      .slice(1)
      .map((section) => [section.split('\n', 1)[0] ?? '', section.split(/^## /m, 1)[0] ?? '']),
  );

  it('have a section for each alarm, and no other sections', () => {
    const named = ['local', 'dev', 'staging', 'prod'].flatMap((stage) =>
      [...alarmsIn(as(stage)).values()].map(({ description }) => description.split('#').at(-1) ?? ''),
    );
    assert.deepEqual([...sections.keys()].sort(), [...new Set(named)].sort());
  });

  it('list every alarm of prod in the overview table', () => {
    const listed = [...text.matchAll(/^\| `([a-z-]+)` \| \[[^\]]+\]\(#([a-z-]+)\)/gm)].map(([, id, section]) => [
      id,
      section,
    ]);
    const alarms = [...alarmsIn(platform()).values()].map(({ id, description }) => [id, description.split('#').at(-1)]);
    assert.deepEqual(listed, alarms);
  });

  it('describe in each section the meaning, what customers notice, where to look, what to do and what not to do', () => {
    const parts = ['**Means.**', '**Customers notice.**', '**Look.**', '**Do.**', '**Do not.**'];
    for (const [heading, section] of sections) {
      const places = parts.map((part) => section.indexOf(part));
      assert.ok(!places.includes(-1), `${heading}: ${parts.filter((_, index) => places[index] === -1)}`);
      assert.deepEqual(
        places,
        places.toSorted((one, other) => one - other),
        heading,
      );
    }
  });

  it('quote log messages that the code writes', () => {
    const sources = ['shared', 'functions'].map((folder) => sourcesIn(join(root, folder))).join('\n');
    const quoted = [...text.matchAll(/message = "([^"]+)"/g)].map(([, message = '']) => message);
    assert.ok(quoted.length > 5);
    assert.deepEqual(
      quoted.filter((message) => !sources.includes(`'${message}'`)),
      [],
    );
  });
});

describe('the dashboard', () => {
  /** The dashboard's body, with resources by their logical ids. */
  function bodyOf(template: Template): { widgets: { type: string; properties: Record<string, unknown> }[] } {
    const [[, { Properties }] = assert.fail()] = resourcesOf(template, 'AWS::CloudWatch::Dashboard');
    const [, parts] = (Properties.DashboardBody as { 'Fn::Join': [string, unknown[]] })['Fn::Join'];
    return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : referredTo(part))).join(''));
  }

  it('follows a message from the API to the dead letters, and describes the normal values of each step', () => {
    const { widgets } = bodyOf(as('prod'));
    const headings = widgets
      .filter(({ type }) => type === 'text')
      .map(({ properties }) => String(properties.markdown).split('\n'));
    assert.deepEqual(
      headings.map(([heading]) => heading),
      [
        '## 1. The API accepts it',
        '## 2. It is committed',
        '## 3. It is relayed',
        '## 4. It waits in a queue',
        '## 5. It is sent',
        '## 6. Its provider reports the outcome',
        '## 7. Due rows are woken',
        '## 8. Dead letters',
        '## 9. The functions',
      ],
    );
    for (const [heading, good] of headings) assert.ok((good ?? '').length > 40, heading);
  });

  it('shows the state of every alarm, and every metric that an alarm reads', () => {
    const template = as('prod');
    const text = JSON.stringify(bodyOf(template));
    for (const { id, logicalId, metrics } of alarmsIn(template).values()) {
      assert.ok(text.includes(`"${logicalId}"`), id);
      if (id === 'alarm-mails-undelivered' || id.startsWith('mail-events-') || id.startsWith('text-events-')) continue;
      for (const { namespace, name } of metrics) assert.ok(text.includes(`"${namespace}","${name}"`), `${id}: ${name}`);
    }
    assert.match(text, /^[\x20-\x7e]+$/);
  });
});
