import { GetAccountSettingsCommand } from '@aws-sdk/client-lambda';
import type { SynthesizedStage } from '../synthesized-stage.ts';
import { type Check, warning } from './check.ts';

/** Most functions that queues, stream and schedule can run at once, without any call of the API. */
function backgroundConcurrency({ propertiesOf }: SynthesizedStage): number {
  const mappings = propertiesOf('AWS::Lambda::EventSourceMapping').map(
    ({ ScalingConfig, ParallelizationFactor }) => ScalingConfig?.MaximumConcurrency ?? ParallelizationFactor ?? 1,
  );
  const schedules = propertiesOf('AWS::Scheduler::Schedule').length;
  return mappings.reduce((sum, one) => sum + one, schedules);
}

/** A new account may run ten functions at once. One busy stage uses them all. */
export const lambdaQuota: Check = {
  name: 'Lambda quota',
  stops: 'warning',
  async run({ account, synthesized }) {
    const { AccountLimit } = await account.lambda.send(new GetAccountSettingsCommand({}));
    const { ConcurrentExecutions = 0, UnreservedConcurrentExecutions = ConcurrentExecutions } = AccountLimit ?? {};
    const background = backgroundConcurrency(synthesized());
    if (UnreservedConcurrentExecutions > background) return [];
    return warning(
      `This region runs ${UnreservedConcurrentExecutions} functions at once for everything in the account; this stage’s queues and stream alone may use ${background}. Under load, calls of the API would be turned away.`,
      'Ask for more: aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000.',
    );
  },
};
