import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { StageSettings } from '#infra/settings.ts';
import { COUNTER, FUNCTION, metricsNamespaceOf } from '#shared/names.ts';
import { alarmsIn, type FoundAlarm, referredTo, unwatchedIn } from '#test/support/alarms.ts';
import { platformTemplate, type Resource, resourcesOf, type Template, templateWith } from '#test/support/template.ts';

/**
 * Every alarm of stage prod: its metric, its threshold, and how it treats missing data. Written by hand and compared as
 * a whole, so that a missing or changed alarm is reported by name.
 */
const EXPECTED = [
  'api-errors: 100 * serverErrors / requests of AWS/ApiGateway 5xx{ApiId=api/http-api} Sum/300s of AWS/ApiGateway Count{ApiId=api/http-api} SampleCount/300s >= 1, 2 of 3, silence notBreaching',
  'api-failing: 100 * serverErrors / requests of AWS/ApiGateway 5xx{ApiId=api/http-api} Sum/60s of AWS/ApiGateway Count{ApiId=api/http-api} SampleCount/60s >= 1, 2 of 3, silence notBreaching',
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
  'send-email-dead-letters: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=send-email-subscriber/dead-letters} Maximum/60s >= 1, 3 of 5, silence notBreaching',
  'send-email-undeliverable: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=send-email-subscriber/undeliverable} Maximum/60s >= 1, 3 of 5, silence notBreaching',
  'send-sms-queue-old: AWS/SQS ApproximateAgeOfOldestMessage{QueueName=send-sms-subscriber/queue} Maximum/60s >= 900, 3 of 5, silence notBreaching',
  'send-sms-dead-letters: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=send-sms-subscriber/dead-letters} Maximum/60s >= 1, 3 of 5, silence notBreaching',
  'send-sms-undeliverable: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=send-sms-subscriber/undeliverable} Maximum/60s >= 1, 3 of 5, silence notBreaching',
  'post-webhook-queue-old: AWS/SQS ApproximateAgeOfOldestMessage{QueueName=post-webhook-subscriber/queue} Maximum/60s >= 900, 3 of 5, silence notBreaching',
  'post-webhook-dead-letters: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=post-webhook-subscriber/dead-letters} Maximum/60s >= 1, 3 of 5, silence notBreaching',
  'post-webhook-undeliverable: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=post-webhook-subscriber/undeliverable} Maximum/60s >= 1, 3 of 5, silence notBreaching',
  'release-attachments-queue-old: AWS/SQS ApproximateAgeOfOldestMessage{QueueName=release-attachments-subscriber/queue} Maximum/60s >= 3600, 3 of 5, silence notBreaching',
  'release-attachments-dead-letters: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=release-attachments-subscriber/dead-letters} Maximum/60s >= 1, 3 of 5, silence notBreaching',
  'release-attachments-undeliverable: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=release-attachments-subscriber/undeliverable} Maximum/60s >= 1, 3 of 5, silence notBreaching',
  'project-statistics-queue-old: AWS/SQS ApproximateAgeOfOldestMessage{QueueName=project-statistics-subscriber/queue} Maximum/60s >= 3600, 3 of 5, silence notBreaching',
  'project-statistics-dead-letters: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=project-statistics-subscriber/dead-letters} Maximum/60s >= 1, 3 of 5, silence notBreaching',
  'project-statistics-undeliverable: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=project-statistics-subscriber/undeliverable} Maximum/60s >= 1, 3 of 5, silence notBreaching',
  'project-orders-queue-old: AWS/SQS ApproximateAgeOfOldestMessage{QueueName=project-orders-subscriber/queue} Maximum/60s >= 3600, 3 of 5, silence notBreaching',
  'project-orders-dead-letters: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=project-orders-subscriber/dead-letters} Maximum/60s >= 1, 3 of 5, silence notBreaching',
  'project-orders-undeliverable: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=project-orders-subscriber/undeliverable} Maximum/60s >= 1, 3 of 5, silence notBreaching',
  'run-process-queue-old: AWS/SQS ApproximateAgeOfOldestMessage{QueueName=run-process-subscriber/queue} Maximum/60s >= 3600, 3 of 5, silence notBreaching',
  'run-process-dead-letters: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=run-process-subscriber/dead-letters} Maximum/60s >= 1, 3 of 5, silence notBreaching',
  'run-process-undeliverable: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=run-process-subscriber/undeliverable} Maximum/60s >= 1, 3 of 5, silence notBreaching',
  'request-webhooks-queue-old: AWS/SQS ApproximateAgeOfOldestMessage{QueueName=request-webhooks-subscriber/queue} Maximum/60s >= 3600, 3 of 5, silence notBreaching',
  'request-webhooks-dead-letters: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=request-webhooks-subscriber/dead-letters} Maximum/60s >= 1, 3 of 5, silence notBreaching',
  'request-webhooks-undeliverable: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=request-webhooks-subscriber/undeliverable} Maximum/60s >= 1, 3 of 5, silence notBreaching',
  'record-email-feedback-queue-old: AWS/SQS ApproximateAgeOfOldestMessage{QueueName=record-feedback-subscriber/queue} Maximum/60s >= 450, 3 of 5, silence notBreaching',
  'record-email-feedback-dead-letters: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=record-feedback-subscriber/dead-letters} Maximum/60s >= 1, 3 of 5, silence notBreaching',
  'record-email-feedback-undeliverable: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=record-feedback-subscriber/undeliverable} Maximum/60s >= 1, 3 of 5, silence notBreaching',
  'record-sms-feedback-queue-old: AWS/SQS ApproximateAgeOfOldestMessage{QueueName=record-sms-feedback-subscriber/queue} Maximum/60s >= 3600, 3 of 5, silence notBreaching',
  'record-sms-feedback-dead-letters: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=record-sms-feedback-subscriber/dead-letters} Maximum/60s >= 1, 3 of 5, silence notBreaching',
  'record-sms-feedback-undeliverable: AWS/SQS ApproximateNumberOfMessagesVisible{QueueName=record-sms-feedback-subscriber/undeliverable} Maximum/60s >= 1, 3 of 5, silence notBreaching',
  'pause-lasts: Counterfoil/prod OldestPause{service=watch-lanes} Maximum/60s >= 3600, 3 of 5, silence breaching',
  'pause-loses-messages: Counterfoil/prod PauseRetentionUsed{service=watch-lanes} Maximum/60s >= 50, 3 of 5, silence breaching',
  'messages-returned: Counterfoil/prod MessageReturned{service=subscribers} Sum/900s >= 1, 2 of 3, silence notBreaching',
  'send-email-deferred: Counterfoil/prod ProviderDeferred{service=send-email} Sum/300s >= 1, 3 of 4, silence notBreaching',
  'send-sms-deferred: Counterfoil/prod ProviderDeferred{service=send-sms} Sum/300s >= 1, 3 of 4, silence notBreaching',
  'post-webhook-deferred: Counterfoil/prod ProviderDeferred{service=post-webhook} Sum/300s >= 1, 3 of 4, silence notBreaching',
  'send-email-not-permitted: Counterfoil/prod DeferredForPermission{service=send-email} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'send-sms-not-permitted: Counterfoil/prod DeferredForPermission{service=send-sms} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'email-circuit-open: Counterfoil/prod EmailCircuitOpen{service=wake-due} Maximum/60s >= 1, 3 of 5, silence breaching',
  'sms-circuit-open: Counterfoil/prod SmsCircuitOpen{service=wake-due} Maximum/60s >= 1, 3 of 5, silence breaching',
  'notifications-failed: Counterfoil/prod NotificationFailed{service=outbox} Sum/900s >= 10, 1 of 1, silence notBreaching',
  'doubled: Counterfoil/prod NotificationDoubled{service=outbox} Sum/300s >= 1, 1 of 1, silence notBreaching',
  'bounce-rate: AWS/SES Reputation.BounceRate{} Maximum/900s >= 0.05, 1 of 1, silence ignore',
  'complaint-rate: AWS/SES Reputation.ComplaintRate{} Maximum/900s >= 0.001, 1 of 1, silence ignore',
  'run-replay-silent: AWS/Lambda Invocations{FunctionName=run-replay/function} Sum/300s < 3, 2 of 2, silence breaching',
  'redrive-on-alarm-silent: AWS/Lambda Invocations{FunctionName=redrive-on-alarm/function} Sum/300s < 3, 2 of 2, silence breaching',
  'wake-due-silent: AWS/Lambda Invocations{FunctionName=wake-due/function} Sum/300s < 3, 2 of 2, silence breaching',
  'outbox-overdue: Counterfoil/prod OutboxOldestOverdue{service=wake-due} Maximum/60s > 225, 3 of 5, silence breaching',
  'notification-overdue: Counterfoil/prod NotificationOldestOverdue{service=wake-due} Maximum/60s > 225, 3 of 5, silence breaching',
  'unknown-overdue: Counterfoil/prod UnknownOldestOverdue{service=wake-due} Maximum/60s > 225, 3 of 5, silence breaching',
  'due-unreadable: Counterfoil/prod DueUnreadable{service=wake-due} Sum/300s >= 1, 3 of 4, silence notBreaching',
  'unknown-many: Counterfoil/prod UnknownCount{service=wake-due} Maximum/60s >= 10, 3 of 5, silence breaching',
  'unknown-lasting: Counterfoil/prod UnknownCount{service=wake-due} Minimum/300s >= 1, 8 of 8, silence breaching',
  'held: Counterfoil/prod HeldCount{service=wake-due} Maximum/60s >= 1, 3 of 5, silence breaching',
  'dead-letters: Counterfoil/prod DeadLetterCount{service=wake-due} Maximum/60s >= 1, 3 of 5, silence breaching',
  'run-redrive-silent: AWS/Lambda Invocations{FunctionName=run-redrive/function} Sum/300s < 3, 2 of 2, silence breaching',
  'watch-lanes-silent: AWS/Lambda Invocations{FunctionName=watch-lanes/function} Sum/300s < 3, 2 of 2, silence breaching',
  'automatic-redrives-given-up: Counterfoil/prod AutomaticRedrivesGivenUp{service=redrive-on-alarm} Sum/300s >= 1, 1 of 1, silence notBreaching',
  'add-tenant-claim-errors: AWS/Lambda Errors{FunctionName=add-tenant-claim/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'add-tenant-claim-throttled: AWS/Lambda Throttles{FunctionName=add-tenant-claim/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'handle-command-errors: AWS/Lambda Errors{FunctionName=handle-command/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'handle-command-throttled: AWS/Lambda Throttles{FunctionName=handle-command/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'handle-command-live-errors: AWS/Lambda Errors{FunctionName=handle-command/function, Resource=handle-command/function:live} Sum/60s >= 1, 2 of 3, silence notBreaching',
  'serve-query-errors: AWS/Lambda Errors{FunctionName=serve-query/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'serve-query-throttled: AWS/Lambda Throttles{FunctionName=serve-query/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'serve-query-live-errors: AWS/Lambda Errors{FunctionName=serve-query/function, Resource=serve-query/function:live} Sum/60s >= 1, 2 of 3, silence notBreaching',
  'plan-redrive-errors: AWS/Lambda Errors{FunctionName=plan-redrive/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'plan-redrive-throttled: AWS/Lambda Throttles{FunctionName=plan-redrive/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'plan-redrive-live-errors: AWS/Lambda Errors{FunctionName=plan-redrive/function, Resource=plan-redrive/function:live} Sum/60s >= 1, 2 of 3, silence notBreaching',
  'relay-outbox-errors: AWS/Lambda Errors{FunctionName=relay-outbox/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'relay-outbox-throttled: AWS/Lambda Throttles{FunctionName=relay-outbox/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'send-email-errors: AWS/Lambda Errors{FunctionName=send-email-subscriber/send-email/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'send-email-throttled: AWS/Lambda Throttles{FunctionName=send-email-subscriber/send-email/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'send-sms-errors: AWS/Lambda Errors{FunctionName=send-sms-subscriber/send-sms/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'send-sms-throttled: AWS/Lambda Throttles{FunctionName=send-sms-subscriber/send-sms/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'post-webhook-errors: AWS/Lambda Errors{FunctionName=post-webhook-subscriber/post-webhook/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'post-webhook-throttled: AWS/Lambda Throttles{FunctionName=post-webhook-subscriber/post-webhook/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'release-attachments-errors: AWS/Lambda Errors{FunctionName=release-attachments-subscriber/release-attachments/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'release-attachments-throttled: AWS/Lambda Throttles{FunctionName=release-attachments-subscriber/release-attachments/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'project-statistics-errors: AWS/Lambda Errors{FunctionName=project-statistics-subscriber/project-statistics/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'project-statistics-throttled: AWS/Lambda Throttles{FunctionName=project-statistics-subscriber/project-statistics/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'project-orders-errors: AWS/Lambda Errors{FunctionName=project-orders-subscriber/project-orders/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'project-orders-throttled: AWS/Lambda Throttles{FunctionName=project-orders-subscriber/project-orders/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'run-process-errors: AWS/Lambda Errors{FunctionName=run-process-subscriber/run-process/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'run-process-throttled: AWS/Lambda Throttles{FunctionName=run-process-subscriber/run-process/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'run-replay-errors: AWS/Lambda Errors{FunctionName=run-replay/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'run-replay-throttled: AWS/Lambda Throttles{FunctionName=run-replay/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'request-webhooks-errors: AWS/Lambda Errors{FunctionName=request-webhooks-subscriber/request-webhooks/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'request-webhooks-throttled: AWS/Lambda Throttles{FunctionName=request-webhooks-subscriber/request-webhooks/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'record-email-feedback-errors: AWS/Lambda Errors{FunctionName=record-feedback-subscriber/record-email-feedback/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'record-email-feedback-throttled: AWS/Lambda Throttles{FunctionName=record-feedback-subscriber/record-email-feedback/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'record-sms-feedback-errors: AWS/Lambda Errors{FunctionName=record-sms-feedback-subscriber/record-sms-feedback/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'record-sms-feedback-throttled: AWS/Lambda Throttles{FunctionName=record-sms-feedback-subscriber/record-sms-feedback/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'redrive-on-alarm-errors: AWS/Lambda Errors{FunctionName=redrive-on-alarm/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'redrive-on-alarm-throttled: AWS/Lambda Throttles{FunctionName=redrive-on-alarm/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'wake-due-errors: AWS/Lambda Errors{FunctionName=wake-due/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'wake-due-throttled: AWS/Lambda Throttles{FunctionName=wake-due/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'publish-hints-errors: AWS/Lambda Errors{FunctionName=hints/publish-hints/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'publish-hints-throttled: AWS/Lambda Throttles{FunctionName=hints/publish-hints/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'collect-dead-letters-errors: AWS/Lambda Errors{FunctionName=collect-dead-letters/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'collect-dead-letters-throttled: AWS/Lambda Throttles{FunctionName=collect-dead-letters/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'run-redrive-errors: AWS/Lambda Errors{FunctionName=run-redrive/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'run-redrive-throttled: AWS/Lambda Throttles{FunctionName=run-redrive/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'watch-lanes-errors: AWS/Lambda Errors{FunctionName=watch-lanes/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'watch-lanes-throttled: AWS/Lambda Throttles{FunctionName=watch-lanes/function} Sum/300s >= 1, 2 of 3, silence notBreaching',
  'alarm-mails-undelivered: AWS/SNS NumberOfNotificationsFailed{TopicName=alarms/topic} Sum/300s >= 1, 1 of 1, silence notBreaching',
];

const as = (stage: string): Template => templateWith(stage, (settings) => settings);
const platform = (): Template => platformTemplate('prod');
const linesOf = (template: Template): string[] => [...alarmsIn(template).values()].map(({ line }) => line);

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

  it('treat missing data as breaching if wake-due or watch-lanes emits the metric, or is the subject', () => {
    const measuredEveryMinute = ({ metrics }: FoundAlarm): boolean =>
      metrics.some(({ namespace, name, dimensions }) =>
        namespace === metricsNamespaceOf('prod')
          ? dimensions.service === FUNCTION.watchLanes ||
            (dimensions.service === FUNCTION.wakeDue && name !== COUNTER.outboxWoken && name !== COUNTER.dueUnreadable)
          : name === 'Invocations',
      );
    for (const alarm of alarmsIn(template).values()) {
      assert.equal(alarm.silence === 'breaching', measuredEveryMinute(alarm), alarm.id);
    }
  });
});

const variants: Record<string, () => Template> = {
  local: () => as('local'),
  'local-sendgrid': () => as('local-sendgrid'),
  dev: () => as('dev'),
  staging: () => as('staging'),
  prod: () => as('prod'),
  'dev with an issuer of its own': () =>
    templateWith('dev', (settings) => ({
      ...settings,
      console: undefined,
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
      const [redriving = assert.fail()] = resourcesOf(template, 'AWS::Lambda::Function').flatMap(([logicalId]) =>
        logicalId.startsWith('redriveonalarm') ? logicalId : [],
      );
      for (const { id, properties } of alarms) {
        const [alarming, recovering] = [properties.AlarmActions, properties.OKActions].map((actions) =>
          (actions as unknown[]).map(referredTo),
        );
        // Only the dead-letter alarm also invokes a function.
        const others = properties.MetricName === 'DeadLetterCount' ? [redriving] : [];
        assert.deepEqual(alarming, [...topic, ...others], id);
        assert.deepEqual(recovering, [...topic, ...others], id);
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
        ...(resourcesOf(template, 'AWS::CodeDeploy::DeploymentGroup').length > 0 ? ['Resource'] : []),
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
