import * as v from 'valibot';
import type { DataOf, MessageDescription } from '#shared/http/asyncapi/messages.ts';
import { wholeNumber } from '#shared/http/input/structures.ts';

/** The messages about readers. */
export const readerMessages = {
  PageAccessed: {
    summary: 'A reader opened a page.',
    data: v.object({ readerId: v.string(), bookId: v.string(), page: wholeNumber }),
  },
  DiscountGranted: {
    summary: 'A reader has opened 1,000 pages, in all books, and gets a discount. Once for each reader, for billing.',
    data: v.object({ readerId: v.string(), pageAccesses: wholeNumber }),
  },
} satisfies Record<string, MessageDescription>;

export type ReaderMessageData = DataOf<typeof readerMessages>;
