import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import type { EventReceiver } from '#shared/feedback/provider-event.ts';
import { ENV } from '#shared/names.ts';
import { ARGUMENT } from './custom-arguments.ts';
import { signatureFault, verificationKeys } from './signature.ts';

export { parseSendGridEvent as parseEvent } from './event.ts';

/** Opens the receiver of the signed Event Webhook. A body is a JSON array with one object for each event. */
export function openReceiver(): EventReceiver {
  const { keys, stage } = readEnvironment({
    keys: [ENV.emailWebhookKeys, 'optional text'],
    stage: [ENV.stage, 'text'],
  });
  const known = verificationKeys(keys ?? '');
  return (request, nowMs) => {
    const reason = signatureFault(request, known, nowMs);
    if (reason) return { kind: 'refused', reason };
    const events = eventsIn(request.body);
    if (!events) return { kind: 'refused', reason: 'UNREADABLE' };
    const own = events.filter((event) => isOf(event, stage));
    return {
      kind: 'events',
      events: own.map((event) => JSON.stringify(event)),
      foreign: events.length - own.length,
    };
  };
}

function eventsIn(body: Uint8Array): unknown[] | undefined {
  try {
    const events: unknown = JSON.parse(Buffer.from(body).toString());
    return Array.isArray(events) ? events : undefined;
  } catch {
    return undefined;
  }
}

/** The webhook reports all mail of the account: also that of other systems and other stages. */
const isOf = (event: unknown, stage: string): boolean =>
  typeof event === 'object' && event !== null && ARGUMENT.stage in event && event[ARGUMENT.stage] === stage;
