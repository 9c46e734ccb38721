import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { whyNotEvaluated } from '#infra/local/alarms/evaluated.ts';
import { type AlarmPlan, planAlarms } from '#infra/local/template/alarms.ts';
import type { Template as LocalTemplate } from '#infra/local/template/assembly.ts';
import { readResources } from '#infra/local/template/resources.ts';
import { metricsNamespaceOf } from '#shared/names.ts';
import { alarmsIn } from '#test/support/alarms.ts';
import { platformTemplate, resourcesOf, type Template } from '#test/support/template.ts';

/**
 * What covers each alarm of stage prod. An alarm that is evaluated is evaluated by the local cloud on what the functions print
 * (`metrics.test.ts` compares name and dimension), or on their invocations. Of the others, metric and dimensions are
 * compared with the resources of the template.
 */
const COVERAGE: Readonly<Record<string, string>> = {
  evaluated: `
    slow-lane publish-failing pause-lasts pause-loses-messages messages-returned send-email-deferred
    send-sms-deferred post-webhook-deferred send-email-not-permitted send-sms-not-permitted email-circuit-open
    sms-circuit-open notifications-failed doubled run-replay-silent redrive-on-alarm-silent wake-due-silent
    outbox-overdue notification-overdue unknown-overdue due-unreadable unknown-many unknown-lasting held
    dead-letters run-redrive-silent watch-lanes-silent automatic-redrives-given-up add-tenant-claim-errors
    handle-command-errors serve-query-errors plan-redrive-errors relay-outbox-errors send-email-errors
    send-sms-errors post-webhook-errors release-attachments-errors project-statistics-errors project-orders-errors
    run-process-errors run-replay-errors request-webhooks-errors record-email-feedback-errors
    record-sms-feedback-errors redrive-on-alarm-errors wake-due-errors publish-hints-errors collect-dead-letters-errors
    run-redrive-errors watch-lanes-errors`,
  'it computes its figure from AWS/ApiGateway 5xx and AWS/ApiGateway Count, and nothing here computes figures': `
    api-errors api-failing`,
  'it computes its figure from AWS/ApiGateway 4xx and AWS/ApiGateway Count, and nothing here computes figures': `
    api-refused`,
  'nothing here reports AWS/ApiGateway Latency': 'api-slow',
  'nothing here reports AWS/DynamoDB ReadThrottleEvents': 'table-reads-throttled',
  'nothing here reports AWS/DynamoDB WriteThrottleEvents': `
    table-writes-throttled due-index-throttled tenant-log-throttled`,
  'nothing here reports AWS/DynamoDB SystemErrors': 'commit-faults',
  'nothing here reports AWS/Lambda IteratorAge': 'relay-behind',
  'nothing here reports AWS/SNS NumberOfNotificationsFailed': `
    topic-undelivered mail-events-undelivered text-events-undelivered alarm-mails-undelivered`,
  'nothing here reports AWS/SNS NumberOfNotificationsFailedToRedriveToDlq': `
    topic-lost mail-events-lost text-events-lost`,
  'nothing here reports AWS/SQS ApproximateAgeOfOldestMessage': `
    send-email-queue-old send-sms-queue-old post-webhook-queue-old release-attachments-queue-old
    project-statistics-queue-old project-orders-queue-old run-process-queue-old request-webhooks-queue-old
    record-email-feedback-queue-old record-sms-feedback-queue-old`,
  'nothing here reports AWS/SQS ApproximateNumberOfMessagesVisible': `
    send-email-dead-letters send-email-undeliverable send-sms-dead-letters send-sms-undeliverable
    post-webhook-dead-letters post-webhook-undeliverable release-attachments-dead-letters
    release-attachments-undeliverable project-statistics-dead-letters project-statistics-undeliverable
    project-orders-dead-letters project-orders-undeliverable run-process-dead-letters run-process-undeliverable
    request-webhooks-dead-letters request-webhooks-undeliverable record-email-feedback-dead-letters
    record-email-feedback-undeliverable record-sms-feedback-dead-letters record-sms-feedback-undeliverable`,
  'nothing here reports AWS/SES Reputation.BounceRate': 'bounce-rate',
  'nothing here reports AWS/SES Reputation.ComplaintRate': 'complaint-rate',
  'nothing here reports AWS/Lambda Throttles': `
    add-tenant-claim-throttled handle-command-throttled serve-query-throttled plan-redrive-throttled
    relay-outbox-throttled send-email-throttled send-sms-throttled post-webhook-throttled
    release-attachments-throttled project-statistics-throttled project-orders-throttled run-process-throttled
    run-replay-throttled request-webhooks-throttled record-email-feedback-throttled record-sms-feedback-throttled
    redrive-on-alarm-throttled wake-due-throttled publish-hints-throttled collect-dead-letters-throttled run-redrive-throttled
    watch-lanes-throttled`,
  'nothing here reports AWS/Lambda Errors of one alias': `
    handle-command-live-errors serve-query-live-errors plan-redrive-live-errors`,
};

/** Alarms of three kinds that `test/slow/automatic-redrive.test.ts` really fires: a gauge, a counter, and errors of a function. */
const FIRED = ['dead-letters', 'automatic-redrives-given-up', 'serve-query-errors'];

/** What a dimension names. */
const TYPES: Readonly<Record<string, string>> = {
  ApiId: 'AWS::ApiGatewayV2::Api',
  FunctionName: 'AWS::Lambda::Function',
  QueueName: 'AWS::SQS::Queue',
  TableName: 'AWS::DynamoDB::GlobalTable',
  TopicName: 'AWS::SNS::Topic',
};

/** Dimensions with a text: the name of an index, an operation, a function with its alias. `alarms.test.ts` compares them. */
const LITERAL = ['GlobalSecondaryIndexName', 'Operation', 'Resource'];

const idOf = ({ name }: Pick<AlarmPlan, 'name'>): string => name.replace(/^counterfoil-prod-/, '');

/** The alarms as the local cloud reads them. */
function plannedIn(template: Template): AlarmPlan[] {
  const streamLabels = Object.fromEntries(
    resourcesOf(template, 'AWS::DynamoDB::GlobalTable').map(([logicalId]) => [logicalId, 'label']),
  );
  const assembly = {
    ...{ folder: '', stackName: 'counterfoil-prod', region: 'eu-central-1' },
    template: template as LocalTemplate,
  };
  return planAlarms(readResources(assembly, { sqsUrl: '', streamLabels }));
}

describe('the alarms of prod, locally', () => {
  let template: Template;
  let alarms: AlarmPlan[];
  before(() => {
    template = platformTemplate('prod');
    alarms = plannedIn(template);
  });

  it('are evaluated, or listed as not evaluated with the reason', () => {
    const found: Record<string, string[]> = {};
    for (const alarm of alarms) {
      const because = whyNotEvaluated(alarm) ?? 'evaluated';
      found[because] = [...(found[because] ?? []), idOf(alarm)];
    }
    const expected = Object.entries(COVERAGE).map(([because, ids]) => [because, ids.trim().split(/\s+/)]);
    assert.deepEqual(found, Object.fromEntries(expected));
  });

  it('compute no figure from metrics of our own: what is computed is not evaluated', () => {
    const computed = alarms.flatMap(({ computedFrom }) => computedFrom);
    assert.deepEqual(
      computed.filter((metric) => !metric.startsWith('AWS/')),
      [],
    );
  });

  it('have dimensions that name resources of the template, if the metric is one of AWS', () => {
    for (const { id, metrics } of alarmsIn(template).values())
      for (const { namespace, dimensions } of metrics.filter(
        (metric) => metric.namespace !== metricsNamespaceOf('prod'),
      ))
        for (const [dimension, value] of Object.entries(dimensions)) {
          const expected = TYPES[dimension];
          if (expected) assert.equal(template.Resources[value]?.Type, expected, `${id}: ${namespace} ${dimension}`);
          else assert.ok(LITERAL.includes(dimension), `${id}: ${dimension}`);
        }
  });

  it('of three kinds are really fired by a test', () => {
    const test = readFileSync(join(import.meta.dirname, '..', 'slow', 'automatic-redrive.test.ts'), 'utf8');
    for (const id of FIRED) assert.ok(test.includes(`'${id}'`), id);
    const evaluated = (COVERAGE.evaluated ?? '').split(/\s+/);
    assert.deepEqual(
      FIRED.filter((id) => !evaluated.includes(id)),
      [],
    );
  });
});
