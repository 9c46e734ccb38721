import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RECORDING_SECONDS } from '#infra/settings.ts';
import { settingsOf } from '#infra/stages.ts';
import { ENV, FUNCTION } from '#shared/names.ts';
import { type Resource, resourcesOf, templateWith } from '#test/support/template.ts';

/** How long the AWS services wait. */
const API_GATEWAY_SECONDS = 30;
const COGNITO_TRIGGER_SECONDS = 5;

type Queue = { visibilitySeconds: number; retentionSeconds: number; maxReceiveCount: number };
type Numbers = { timeoutSeconds: number; environment: Record<string, string>; queue?: Queue; mapping?: Resource };

/** The numbers of each function from the template, not from the settings. */
function numbersOf(stage: string): Map<string, Numbers> {
  const template = templateWith(stage, (settings) => settings);
  const mappings = resourcesOf(template, 'AWS::Lambda::EventSourceMapping').map(([, mapping]) => mapping);
  const queueOf = (mapping: Resource | undefined): Queue | undefined => {
    const { 'Fn::GetAtt': [id = ''] = [] } = (mapping?.Properties.EventSourceArn ?? {}) as { 'Fn::GetAtt'?: string[] };
    const queue = template.Resources[id];
    // `collect-dead-letters` drains queues that give up nothing.
    if (queue?.Type !== 'AWS::SQS::Queue' || !queue.Properties.RedrivePolicy) return undefined;
    return {
      visibilitySeconds: Number(queue.Properties.VisibilityTimeout),
      retentionSeconds: Number(queue.Properties.MessageRetentionPeriod),
      maxReceiveCount: (queue.Properties.RedrivePolicy as { maxReceiveCount: number }).maxReceiveCount,
    };
  };
  return new Map(
    resourcesOf(template, 'AWS::Lambda::Function').map(([id, { Properties }]) => {
      const environment = (Properties.Environment as { Variables: Record<string, string> }).Variables;
      const mapping = mappings.find(({ Properties: { FunctionName } }) => (FunctionName as { Ref: string }).Ref === id);
      const queue = queueOf(mapping);
      const numbers = {
        timeoutSeconds: Number(Properties.Timeout),
        environment,
        ...(mapping && { mapping }),
        ...(queue && { queue }),
      };
      return [environment.POWERTOOLS_SERVICE_NAME ?? '', numbers];
    }),
  );
}

for (const stage of ['local', 'dev', 'staging', 'prod']) {
  describe(`the numbers of stage ${stage} fit together`, () => {
    const functions = numbersOf(stage);
    const of = (name: string): Numbers => functions.get(name) ?? assert.fail(`no ${name}`);
    const number = ({ environment }: Numbers, variable: string): number => {
      const value = Number(environment[variable]);
      assert.ok(Number.isFinite(value), variable);
      return value;
    };
    const senders = [of(FUNCTION.sendEmail), of(FUNCTION.sendSms)];
    const wakeDue = of(FUNCTION.wakeDue);

    it('function timeout < timeout of the service that invokes it', () => {
      for (const name of [FUNCTION.handleCommand, FUNCTION.serveQuery]) {
        assert.ok(of(name).timeoutSeconds < API_GATEWAY_SECONDS, name);
      }
      assert.ok(of(FUNCTION.addTenantClaim).timeoutSeconds <= COGNITO_TRIGGER_SECONDS);
    });

    it('provider call + recording < sender timeout', () => {
      for (const sender of senders) {
        assert.ok(number(sender, ENV.providerTimeoutMs) / 1000 + RECORDING_SECONDS < sender.timeoutSeconds);
      }
    });

    it('sender timeout + provider call < lease ≤ deadline of an unknown outcome', () => {
      for (const sender of senders) {
        const leaseSeconds = number(sender, ENV.leaseSeconds);
        // A claim at the end of an invocation must last longer than its provider call.
        assert.ok(sender.timeoutSeconds + number(sender, ENV.providerTimeoutMs) / 1000 < leaseSeconds);
        assert.ok(leaseSeconds <= number(sender, ENV.unknownDeadlineSeconds));
      }
    });

    it('provider in flight + feed margin + lag of the counts < time until a notification is held', () => {
      const evidenceSeconds = [ENV.providerInFlightSeconds, ENV.feedMarginSeconds, ENV.feedCountLagSeconds]
        .map((variable) => number(wakeDue, variable))
        .reduce((sum, seconds) => sum + seconds, 0);
      assert.ok(evidenceSeconds < number(wakeDue, ENV.holdAfterSeconds));
    });

    it('wake-due, the senders and record-email-feedback agree on margin and deadline', () => {
      const feedback = of(FUNCTION.recordEmailFeedback);
      assert.equal(number(feedback, ENV.feedMarginSeconds), number(wakeDue, ENV.feedMarginSeconds));
      for (const sender of senders) {
        assert.equal(number(sender, ENV.unknownDeadlineSeconds), number(wakeDue, ENV.unknownDeadlineSeconds));
      }
    });

    it('6 × function timeout ≤ visibility, lease < visibility, and all receives fit into the retention', () => {
      const subscribers = [...functions.values()].filter(({ queue }) => queue !== undefined);
      assert.ok(subscribers.length >= 5);
      for (const { queue, timeoutSeconds } of subscribers) {
        const { visibilitySeconds = 0, retentionSeconds = 0, maxReceiveCount = 0 } = queue ?? {};
        assert.ok(6 * timeoutSeconds <= visibilitySeconds);
        assert.ok(maxReceiveCount * visibilitySeconds < retentionSeconds);
      }
      // A sender that receives a message again after a crash finds a lease that has expired.
      for (const sender of senders)
        assert.ok(number(sender, ENV.leaseSeconds) < (sender.queue?.visibilitySeconds ?? 0));
    });

    it('a redrive waits for a result until each subscriber has received a failing message for the last time', () => {
      const waitSeconds = number(of(FUNCTION.runRedrive), ENV.redriveWaitSeconds);
      for (const [name, { queue }] of functions)
        if (queue) assert.ok(queue.maxReceiveCount * queue.visibilitySeconds < waitSeconds, name);
    });

    it('batch ÷ share of the rate ≤ remaining time of a sender; sum of the shares ≤ the rate', () => {
      const { email, sms } = settingsOf(stage);
      for (const [sender, rate] of [
        [of(FUNCTION.sendEmail), email.ratePerSecond],
        [of(FUNCTION.sendSms), sms.ratePerSecond],
      ] as const) {
        const share = number(sender, ENV.senderRatePerSecond);
        const { BatchSize, ScalingConfig } = sender.mapping?.Properties ?? {};
        const usableSeconds = sender.timeoutSeconds - number(sender, ENV.providerTimeoutMs) / 1000 - RECORDING_SECONDS;
        assert.ok(Number(BatchSize) / share <= usableSeconds);
        assert.ok(share * (ScalingConfig as { MaximumConcurrency: number }).MaximumConcurrency <= rate);
      }
    });

    it('all attempts of the relay fit into the maximum record age of the stream mapping', () => {
      const relay = of(FUNCTION.relayOutbox);
      const { MaximumRetryAttempts, MaximumRecordAgeInSeconds } = relay.mapping?.Properties ?? {};
      assert.ok((Number(MaximumRetryAttempts) + 1) * relay.timeoutSeconds < Number(MaximumRecordAgeInSeconds));
    });

    it('wake-due ends before its next minute starts, and polls several times in its own', () => {
      assert.ok(wakeDue.timeoutSeconds <= 60);
      assert.ok(number(wakeDue, ENV.wakeIntervalSeconds) * 2 < wakeDue.timeoutSeconds);
      assert.ok(number(wakeDue, ENV.recheckSeconds) >= number(wakeDue, ENV.wakeIntervalSeconds));
    });
  });
}
