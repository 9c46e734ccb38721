import { GetAccountSettingsCommand } from '@aws-sdk/client-lambda';
import type { StageSettings } from '../../settings.ts';
import { type Check, warning } from './check.ts';

/** Concurrency that the stack sets in addition to the senders’ setting. A test compares the sum with the template. */
const FEEDBACK = 10;
const RELAY = 10;
/** `release-attachments` and `project-statistics`. */
const PROJECTIONS = 4;
/** Only with a gateway that reports the outcome of text messages. */
const TEXT_FEEDBACK = 10;
const WAKE = 1;

/** Most functions that queues, stream and schedule can run at once, without any call of the API. */
export const backgroundConcurrency = ({ senderConcurrency, sms }: StageSettings): number =>
  2 * senderConcurrency +
  FEEDBACK +
  (sms.gateway === 'end-user-messaging' ? TEXT_FEEDBACK : 0) +
  PROJECTIONS +
  RELAY +
  WAKE;

/** A new account may run ten functions at once. One busy stage uses them all. */
export const lambdaQuota: Check = {
  name: 'Lambda quota',
  stops: 'warning',
  async run({ account, settings }) {
    const { AccountLimit } = await account.lambda.send(new GetAccountSettingsCommand({}));
    const { ConcurrentExecutions = 0, UnreservedConcurrentExecutions = ConcurrentExecutions } = AccountLimit ?? {};
    const background = backgroundConcurrency(settings);
    if (UnreservedConcurrentExecutions > background) return [];
    return [
      warning(
        `This region runs ${UnreservedConcurrentExecutions} functions at once for everything in the account; this stage’s queues and stream alone may use ${background}. Under load, calls of the API would be turned away.`,
        'Ask for more: aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000.',
      ),
    ];
  },
};
