import { useState } from 'preact/hooks';
import { usePolling } from './use-polling.ts';

/** An e-mail that the provider accepted. `tags` name its message and its attempt. */
export type ReceivedMail = {
  id: string;
  at: string;
  from: string;
  to: readonly string[];
  subject: string;
  text: string;
  html: string;
  attachments: readonly { name: string; size: number }[];
  headers?: Readonly<Record<string, string>>;
  tags: Readonly<Record<string, string>>;
};

export type ReceivedText = {
  id: string;
  at: string;
  to: string;
  body: string;
  from?: string;
  context?: Readonly<Record<string, string>>;
};

export type ReceivedWebhook = { at: string; path: string; headers: Readonly<Record<string, string>>; body: string };

/** What the outside world received, by the list of the local inbox. Lists only grow, at their end. */
export type Received = { emails: ReceivedMail; sms: ReceivedText; webhooks: ReceivedWebhook };
export const INBOX_LISTS = ['emails', 'sms', 'webhooks'] as const satisfies readonly (keyof Received)[];
export type InboxList = (typeof INBOX_LISTS)[number];

/** Every entry that was read so far, oldest first. */
export type Inbox = { readonly [List in InboxList]: readonly Received[List][] };

/**
 * The inbox, read again and again.
 * @param exists false on a stage without an inbox: nothing is read.
 * @returns `inbox` is undefined before the first read. `isLive`: the last read succeeded.
 */
export function useInbox(exists: boolean, intervalMs?: number): { inbox: Inbox | undefined; isLive: boolean } {
  const [inbox, setInbox] = useState<Inbox>();
  const [isLive, setLive] = useState(true);
  const read = async (signal: AbortSignal): Promise<boolean> => {
    if (!exists) return true;
    try {
      const next = await withNewEntries(inbox ?? { emails: [], sms: [], webhooks: [] }, signal);
      if (next !== inbox) setInbox(next);
      setLive(true);
      return true;
    } catch {
      // The local cloud has ended, or the page no longer waits.
      if (!signal.aborted) setLive(false);
      return signal.aborted;
    }
  };
  usePolling(read, 'inbox', { intervalMs });
  return { inbox, isLive };
}

/** Reads what is new. The same object if nothing is, so that nothing is drawn again. */
async function withNewEntries(known: Inbox, signal: AbortSignal): Promise<Inbox> {
  const [emails, sms, webhooks] = await Promise.all([
    newEntries('emails', known, signal),
    newEntries('sms', known, signal),
    newEntries('webhooks', known, signal),
  ]);
  if (emails.length + sms.length + webhooks.length === 0) return known;
  return {
    emails: [...known.emails, ...emails],
    sms: [...known.sms, ...sms],
    webhooks: [...known.webhooks, ...webhooks],
  };
}

/** The console’s own server gives the lists, because the page may call no other origin than the API. */
async function newEntries<List extends InboxList>(
  list: List,
  known: Inbox,
  signal: AbortSignal,
): Promise<Received[List][]> {
  const answer = await fetch(`inbox/${list}?offset=${known[list].length}`, { signal, cache: 'no-store' });
  if (!answer.ok) throw new Error(`inbox/${list}: ${answer.status}`);
  return answer.json();
}
