import type { Arrived, Facts, NotificationRow } from './facts.ts';

/** Words that are only in a greeting. */
export const GREETING_WORDS = 'first order';
/** Words that are only in a text message in place of an e-mail. */
export const FALLBACK_WORDS = 'could not reach you';

type TextKind = 'greeting' | 'fallback' | 'other';

function kindOf({ notification }: NotificationRow): TextKind {
  const { purpose } = notification;
  return purpose === 'greeting' || purpose === 'fallback' ? purpose : 'other';
}

function kindIn(body: string): TextKind {
  if (body.includes(GREETING_WORDS)) return 'greeting';
  return body.includes(FALLBACK_WORDS) ? 'fallback' : 'other';
}

/**
 * The accepted calls of each notification. Text messages have no tags: a number belongs to one order, and the words show
 * what a text is for. An order has several fallbacks if several of its e-mails did not arrive, so a text belongs to the
 * notification that knows its id, or else to one that does not know what became of a call.
 */
export function arrivals({ notifications, emails, texts, webhooks }: Facts): Map<NotificationRow, Arrived[]> {
  const byId = Map.groupBy([...emails, ...webhooks], ({ tags }) => `${tags?.tenant} ${tags?.notification}`);
  const arrived = new Map<NotificationRow, Arrived[]>(
    notifications.map((row) => {
      const own = row.notification.channel === 'sms' ? [] : byId.get(`${row.tenant} ${row.notificationId}`);
      return [row, own ?? []];
    }),
  );
  const ofTexts = notifications.filter(({ notification }) => notification.channel === 'sms');
  const byNumber = Map.groupBy(ofTexts, (row) => `${row.recipients[0]} ${kindOf(row)}`);
  const ofId = new Map(ofTexts.flatMap((row) => idsOf(row).map((id) => [id, row] as const)));
  const lasting = texts.filter((text) => {
    const row = ofId.get(text.providerMessageId);
    // Another number or other words: the judge of the inbox finds out.
    if (row) arrived.get(row)?.push(text);
    return !row;
  });
  for (const text of lasting) {
    const own = byNumber.get(`${text.to[0]} ${kindIn(text.body)}`) ?? [];
    const row = own.find((one) => arrived.get(one)?.length === 0) ?? own[0];
    if (row) arrived.get(row)?.push(text);
  }
  return arrived;
}

const idsOf = ({ notification: { attempts } }: NotificationRow): string[] =>
  attempts.flatMap(({ providerMessageId }) => providerMessageId ?? []);
