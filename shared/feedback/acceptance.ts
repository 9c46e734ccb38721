import type { StoredState } from '#shared/messaging/rows.ts';
import { notificationDecider } from '#shared/notification/decider.ts';
import { isHeldAsRestored, type Notification } from '#shared/notification/notification.ts';
import { notificationKey } from '#shared/notification/notification-id.ts';
import type { NotificationKey } from '#shared/notification/ports.ts';
import type { ExecutorPorts } from '#shared/once/execute.ts';
import { addLogFields } from '#shared/once/log-context.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { executeTransition } from '#shared/once/transition.ts';
import { PROBE_ID } from '#shared/settlement/feed.ts';
import type { FeedKeeper } from '#shared/settlement/feed-keeper.ts';

/** A provider's report that it accepted a call. Our tags in it identify the call. */
export type Acceptance = {
  providerMessageId: string;
  /** ISO 8601, by the provider's clock. */
  acceptedAt: string;
  tenant: string;
  notificationId: string;
  attemptNonce: string;
};

export type FeedbackPorts = ExecutorPorts & {
  notifications: Pick<StateStore<Notification>, 'read'>;
  feed: FeedKeeper;
  feedStepMs: number;
  subscriber: string;
};

export type FeedbackReport = 'recorded' | 'known' | 'probe' | 'no-such-notification' | 'no-such-attempt';

/**
 * Records that a provider accepted an attempt. This is applied in any state, because the acceptance is a fact. The
 * event also shows how far the feed has come, whatever it is about.
 */
export async function recordAcceptance(event: Acceptance, ports: FeedbackPorts): Promise<FeedbackReport> {
  const report = event.notificationId === PROBE_ID ? 'probe' : (await applyAcceptance(event, ports)).report;
  // Advance the watermark after the event is applied: readers rely on all earlier events being applied.
  // Do not accept a time in the future: the watermark would cover events that have not happened yet.
  const acceptedAt = Math.min(Date.parse(event.acceptedAt), ports.clock.now());
  if (report === 'probe') await ports.feed.advance(acceptedAt, 0);
  if (report === 'recorded' || report === 'known') await ports.feed.advance(acceptedAt, ports.feedStepMs);
  return report;
}

/** The result of applying the evidence, with the notification as it was read before, if there is one. */
export type AppliedAcceptance =
  | { report: 'no-such-notification' | 'no-such-attempt' }
  | { report: 'recorded' | 'known'; key: NotificationKey; stored: StoredState<Notification> };

/** Applies the evidence to its notification. The feed's watermark does not change. */
export async function applyAcceptance(
  event: Acceptance,
  ports: Omit<FeedbackPorts, 'feed' | 'feedStepMs'>,
): Promise<AppliedAcceptance> {
  const key = notificationKey(event.tenant, event.notificationId);
  const stored = key && (await ports.notifications.read(key));
  if (!key || !stored) return { report: 'no-such-notification' };
  const notification = stored.state;
  addLogFields({ correlationId: notification.correlationId });
  const { attemptNonce, providerMessageId, acceptedAt } = event;
  const attempt = notification.attempts.find(({ nonce }) => nonce === attemptNonce);
  // A restored table has lost the attempts since its restore point. The event still proves that there was one.
  if (!attempt && !isHeldAsRestored(notification)) return { report: 'no-such-attempt' };
  if (attempt?.outcome === 'accepted') return { report: 'known', key, stored };
  const { kind } = await executeTransition(
    {
      decider: notificationDecider,
      key,
      command: { type: 'RecordAcceptance', nonce: attemptNonce, providerMessageId, acceptedAt },
      assume: stored,
    },
    {
      subscriber: ports.subscriber,
      // All events of one acceptance give the same id, so that concurrent ones are one command.
      transitionId: `${providerMessageId}#Send#${acceptedAt}`,
      fingerprint: attemptNonce,
      metadata: { correlationId: notification.correlationId, causationId: providerMessageId },
    },
    ports,
  );
  return { report: kind === 'committed' ? 'recorded' : 'known', key, stored };
}
