import type { Inbox, InboxList, Received } from '#console/base/inbox.ts';
import { INBOX_LISTS } from '#console/base/inbox.ts';

/** An entry of one list, with its place in it. Entries never change, so the place is a lasting name. */
export type Entry = { [List in InboxList]: { list: List; position: number; received: Received[List] } }[InboxList];

/** What the URL says: the list, the open entry, and the words to find. Without `list`, all lists are shown together. */
export type View = { list?: InboxList; open?: { list: InboxList; position: number }; words: string };

export function viewOf(search: string): View {
  const query = new URLSearchParams(search);
  const list = INBOX_LISTS.find((one) => one === query.get('list'));
  const open = entryNamed(query.get('entry') ?? '');
  return { ...(list && { list }), ...(open && { open }), words: query.get('find') ?? '' };
}

function entryNamed(name: string): View['open'] {
  const [, list, position] = /^(\w+)-(\d{1,9})$/.exec(name) ?? [];
  const known = INBOX_LISTS.find((one) => one === list);
  return known && { list: known, position: Number(position) };
}

/** The name of an entry in the URL. */
export const nameOf = ({ list, position }: { list: InboxList; position: number }): string => `${list}-${position}`;

/** The entries of a view, newest first. */
export function entriesOf(inbox: Inbox, { list, words }: View): Entry[] {
  const wanted = words.trim().toLowerCase();
  return allOf(inbox)
    .filter((entry) => list === undefined || entry.list === list)
    .filter((entry) => wanted === '' || searched(entry).toLowerCase().includes(wanted))
    .sort((one, other) => Date.parse(other.received.at) - Date.parse(one.received.at) || other.position - one.position);
}

const allOf = ({ emails, sms, webhooks }: Inbox): Entry[] => [
  ...emails.map((received, position) => ({ list: 'emails', position, received }) as const),
  ...sms.map((received, position) => ({ list: 'sms', position, received }) as const),
  ...webhooks.map((received, position) => ({ list: 'webhooks', position, received }) as const),
];

/** Who received an entry, and its first words. */
export function summaryOf(entry: Entry): { who: string; what: string } {
  switch (entry.list) {
    case 'emails':
      return { who: entry.received.to.join(', '), what: entry.received.subject };
    case 'sms':
      return { who: entry.received.to, what: entry.received.body };
    case 'webhooks':
      return { who: entry.received.path, what: entry.received.body };
    default:
      return entry satisfies never;
  }
}

function searched(entry: Entry): string {
  const { who, what } = summaryOf(entry);
  return `${who} ${what} ${entry.list === 'emails' ? entry.received.text : ''}`;
}
