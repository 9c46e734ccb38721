import type { OutgoingMessage, Provider, ProviderAnswer } from '#shared/delivery/provider.ts';
import type { Acceptance } from '#shared/feedback/acceptance.ts';
import type { Clock } from '#shared/messaging/system.ts';
import type { FirstAnswer } from './small-cases.ts';

export type SmallProvider = Provider & {
  /** Calls about the notification that it accepted. */
  accepted: OutgoingMessage[];
  /** Its events that no function has received yet. */
  events: Acceptance[];
  /** Calls about the notification. */
  calls(): number;
};

/** The provider's id of the message that an attempt sent. */
export const providerIdOf = (nonce: string): string => `provider-${nonce}`;

/** A provider that gives the first call about the notification this answer, and takes everything else. */
export function smallProvider(firstAnswer: FirstAnswer, clock: Clock, notificationId: string): SmallProvider {
  const accepted: OutgoingMessage[] = [];
  const events: Acceptance[] = [];
  let calls = 0;
  const send = async (message: OutgoingMessage): Promise<ProviderAnswer> => {
    const { tenant, notificationId: id, attemptNonce } = message;
    const isOther = id !== notificationId;
    if (!isOther) calls += 1;
    const answer: FirstAnswer = isOther || calls > 1 ? 'accepted' : firstAnswer;
    if (answer === 'rejected') return { kind: 'rejected', reason: 'MESSAGE_REJECTED' };
    if (answer === 'request lost') return { kind: 'unknown', reason: 'TIMEOUT' };
    if (!isOther) accepted.push(message);
    const providerMessageId = providerIdOf(attemptNonce);
    const acceptedAt = new Date(clock.now()).toISOString();
    events.push({ providerMessageId, acceptedAt, tenant, notificationId: id, attemptNonce });
    return answer === 'answer lost' ? { kind: 'unknown', reason: 'TIMEOUT' } : { kind: 'accepted', providerMessageId };
  };
  return { send, accepted, events, calls: () => calls };
}
