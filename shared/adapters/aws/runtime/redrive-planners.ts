import { requestPlanner } from '#shared/delivery/request-planner.ts';
import { EMAIL_FEEDBACK_SUBSCRIBER, FUNCTION } from '#shared/names.ts';
import type { Planner } from '#shared/once/planner.ts';
import { OF_OUTBOX_ROW } from '#shared/redrive/outbox-redriver.ts';
import { OF_MESSAGE, WITHOUT_ROW } from '#shared/redrive/planners.ts';
import type { VerdictPorts } from '#shared/redrive/verdicts.ts';

/** The subscribers whose messages say more than that they have an outbox row. */
const PLANNERS: Readonly<Record<string, Planner>> = {
  [FUNCTION.sendEmail]: requestPlanner,
  [FUNCTION.sendSms]: requestPlanner,
  [FUNCTION.postWebhook]: requestPlanner,
  [EMAIL_FEEDBACK_SUBSCRIBER]: WITHOUT_ROW,
  [FUNCTION.recordSmsFeedback]: WITHOUT_ROW,
  [FUNCTION.wakeDue]: OF_OUTBOX_ROW,
};

/** `wake-due` has no queue: its outbox rows become due again. */
const WITHOUT_QUEUE: readonly string[] = [FUNCTION.wakeDue];

/**
 * What the subscribers of a stage would do with their dead letters.
 * @param subscribers names, separated by spaces. A dead letter of another one cannot be sent again.
 */
export function plannersOf(subscribers: string): VerdictPorts['plannerOf'] {
  const known = new Set([...subscribers.split(' '), ...WITHOUT_QUEUE]);
  return ({ subscriber }) => (known.has(subscriber) ? (PLANNERS[subscriber] ?? OF_MESSAGE) : 'SUBSCRIBER_UNKNOWN');
}
