import { requestPlanner } from '#shared/delivery/request-planner.ts';
import { isAboutErasure, OF_ERASURE } from '#shared/erasure/erasure-redriver.ts';
import { AS_REPLACEMENT } from '#shared/fallback/fallback.ts';
import { EMAIL_FEEDBACK_SUBSCRIBER, FUNCTION } from '#shared/names.ts';
import type { Planner } from '#shared/once/planner.ts';
import { OF_OUTBOX_ROW } from '#shared/redrive/outbox-redriver.ts';
import { OF_MESSAGE, WITHOUT_ROW } from '#shared/redrive/planners.ts';
import type { VerdictPorts } from '#shared/redrive/verdicts.ts';
import { OF_PROCESSES } from './process-planner.ts';

const OF_REQUEST = requestPlanner(AS_REPLACEMENT);

/** The subscribers whose messages say more than that they have an outbox row. */
const PLANNERS: Readonly<Record<string, Planner>> = {
  [FUNCTION.sendEmail]: OF_REQUEST,
  [FUNCTION.sendSms]: OF_REQUEST,
  [FUNCTION.postWebhook]: OF_REQUEST,
  [EMAIL_FEEDBACK_SUBSCRIBER]: WITHOUT_ROW,
  [FUNCTION.recordSmsFeedback]: WITHOUT_ROW,
  [FUNCTION.runProcess]: OF_PROCESSES,
  [FUNCTION.wakeDue]: OF_OUTBOX_ROW,
  [FUNCTION.relayOutbox]: OF_OUTBOX_ROW,
};

/** They have no queue: `wake-due` continues their work. */
const WITHOUT_QUEUE: readonly string[] = [FUNCTION.wakeDue, FUNCTION.relayOutbox];

/**
 * What the subscribers of a stage would do with their dead letters.
 * @param subscribers names, separated by spaces. A dead letter of another one cannot be sent again.
 */
export function plannersOf(subscribers: string): VerdictPorts['plannerOf'] {
  const known = new Set([...subscribers.split(' '), ...WITHOUT_QUEUE]);
  return (letter) => {
    if (!known.has(letter.subscriber)) return 'SUBSCRIBER_UNKNOWN';
    if (letter.subscriber === FUNCTION.wakeDue && isAboutErasure(letter)) return OF_ERASURE;
    return PLANNERS[letter.subscriber] ?? OF_MESSAGE;
  };
}
