import type { NotificationView } from '#shared/notification/responses.ts';
import { EXIT, OpsFailure } from './exit-codes.ts';
import type { Session } from './session.ts';
import { formatFields } from './table.ts';

/** What operators see of a notification. The answer also has recipients and content, for those who may read them. */
type Shown = NotificationView;

/** @throws OpsFailure if the token is of another tenant, which looks as if there were no such notification. */
export async function readNotification({ api }: Session, id: string): Promise<Shown> {
  try {
    return withoutContent(await api.get<Shown>(`/notifications/${encodeURIComponent(id)}`));
  } catch (error) {
    if (!(error instanceof OpsFailure) || error.exitCode !== EXIT.refused) throw error;
    throw new OpsFailure(
      error.exitCode,
      ...error.sentences,
      'A notification belongs to a tenant: use its token, with --as <tenant> or in TOKEN.',
    );
  }
}

/** A terminal has a history, and other people look at it: no recipient and no text is printed, not even with --json. */
function withoutContent(notification: Shown): Shown {
  const { notificationId, channel, purpose, causationId, status, createdAt, providerMessageId, doubled } = notification;
  const { sentAt, failedAt, unknownSince, heldAt, suppressedAt, cancelledAt } = notification;
  const { reason, deferredBecause, deferredSince, nextTryAt, next, attempts } = notification;
  return {
    ...{ notificationId, channel, purpose, causationId, status, createdAt, providerMessageId, doubled },
    ...{ sentAt, failedAt, unknownSince, heldAt, suppressedAt, cancelledAt },
    ...{ reason, deferredBecause, deferredSince, nextTryAt, next, attempts },
  };
}

/** @param width of the terminal. */
export function formatNotification(notification: Shown, width: number): string {
  const { attempts, ...fields } = notification;
  const tried = attempts.map(({ claimedAt, outcome, reason }) =>
    [claimedAt, outcome ?? 'no outcome', reason].filter(Boolean).join('  '),
  );
  const named = Object.entries(fields).map(
    ([name, value]) => [wordsOf(name), value === undefined ? undefined : `${value}`] as const,
  );
  return formatFields([...named, ['attempts', tried.join('\n')]], width).trimEnd();
}

/** The name of a field as words: `unknownSince`, `unknown since`. */
const wordsOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
