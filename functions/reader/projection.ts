import { type Decider, NOTHING_ANNOUNCED } from '#shared/messaging/decider.ts';
import type { Subject } from '#shared/messaging/identity.ts';
import { parseWith } from '#shared/messaging/parse.ts';
import { object, someText } from '#shared/messaging/read.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import type { CommandOf } from '#shared/once/execute-message.ts';

/** How much a reader reads, in all books. It is counted from the messages, so it can be counted again from them. */
export type Reader = { readerId: string; pageAccesses: number };

export const READER = shapeOf<Reader>('reader');

/** The key of a reader's count. */
export const readerKey = (tenant: string, id: string): Subject => ({ tenant, type: READER.name, id });

type CountPage = { type: 'CountPage' };
type PageCounted = { type: 'PageCounted'; data: { readerId: string } };

const counter: Decider<Reader, CountPage, PageCounted> = {
  shape: READER,
  decide: (_command, _reader, { key }) => ({
    kind: 'accepted',
    events: [{ type: 'PageCounted', data: { readerId: key.id } }],
  }),
  evolve: (reader, { data }) => ({ ...data, pageAccesses: (reader?.pageAccesses ?? 0) + 1 }),
  announce: () => NOTHING_ANNOUNCED,
  answer: () => ({}),
  due: () => undefined,
};

const anAccess = object({ readerId: someText });

/** Each `PageAccessed` message counts once. */
export const countingOf: CommandOf<Reader, CountPage, PageCounted> = ({ tenantid, data }) => {
  const { readerId } = parseWith(anAccess, data, 'The message names no reader');
  return { decider: counter, key: readerKey(tenantid, readerId), command: { type: 'CountPage' } };
};
