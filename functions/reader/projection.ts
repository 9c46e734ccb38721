import type { Decider } from '#shared/messaging/decider.ts';
import type { Subject } from '#shared/messaging/identity.ts';
import { parseWith } from '#shared/messaging/parse.ts';
import { object, someText } from '#shared/messaging/read.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import type { CommandOf } from '#shared/once/execute-message.ts';
import type { ReaderMessageData } from './message-data.ts';

/** How much a reader reads, in all books. It is counted from the messages, so it can be counted again from them. */
export type Reader = { readerId: string; pageAccesses: number };

export const READER = shapeOf<Reader>('reader');

/** The key of a reader's count. */
export const readerKey = (tenant: string, id: string): Subject => ({ tenant, type: READER.name, id });

/** A reader who has opened this many pages gets a discount. */
export const DISCOUNT_PAGES = 1000;

/** Published once for each reader. Billing subscribes to it. */
export const DISCOUNT_GRANTED = 'counterfoil.reader.discount-granted.v1';

type CountPage = { type: 'CountPage' };
type ReaderEvent =
  | { type: 'PageCounted'; data: { readerId: string } }
  | { type: 'DiscountGranted'; data: ReaderMessageData['DiscountGranted'] };

/** The count goes up by one for each message, so it is 1,000 once. */
export const counter: Decider<Reader, CountPage, ReaderEvent> = {
  shape: READER,
  decide: (_command, reader, { key: { id: readerId } }) => {
    const pageAccesses = (reader?.pageAccesses ?? 0) + 1;
    const events: ReaderEvent[] = [{ type: 'PageCounted', data: { readerId } }];
    if (pageAccesses === DISCOUNT_PAGES) events.push({ type: 'DiscountGranted', data: { readerId, pageAccesses } });
    return { kind: 'accepted', events };
  },
  evolve: (reader, event) => ({
    readerId: event.data.readerId,
    pageAccesses: (reader?.pageAccesses ?? 0) + (event.type === 'PageCounted' ? 1 : 0),
  }),
  announce: (events) => ({
    messages: events.flatMap((event) =>
      event.type === 'DiscountGranted' ? [{ type: DISCOUNT_GRANTED, data: event.data }] : [],
    ),
    rows: [],
  }),
  answer: () => ({}),
  due: () => undefined,
};

const anAccess = object({ readerId: someText });

/** Each `PageAccessed` message counts once. */
export const countingOf: CommandOf<Reader, CountPage, ReaderEvent> = ({ tenantid, data }) => {
  const { readerId } = parseWith(anAccess, data, 'The message names no reader');
  return { decider: counter, key: readerKey(tenantid, readerId), command: { type: 'CountPage' } };
};
