import type { AnnounceContext, Decider } from '#shared/messaging/decider.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import {
  type AnnouncedNotifications,
  announcedTogether,
  type NotificationTerms,
  requestNotification,
} from '#shared/notification/request.ts';
import type { ReaderMessageData } from './message-data.ts';

/** The first chapter of every book is the pages 1 to 12. */
export const FIRST_CHAPTER_PAGES = 12;

/** What one reader has read of one book. */
export type Reading = {
  readerId: string;
  bookId: string;
  /** The pages of the first chapter that were accessed. */
  firstChapter: readonly number[];
};

export const READING = shapeOf<Reading>('reading');

type PageAccess = ReaderMessageData['PageAccessed'];

/** The address is not stored with the reading. Only the content of the e-mail has it, where it can be erased. */
export type RecordPageAccessed = { type: 'RecordPageAccessed'; data: PageAccess & { email: string } };

export type ReadingEvent =
  | { type: 'PageAccessed'; data: PageAccess }
  | { type: 'FirstChapterFinished'; data: { email: string } };

/** Published for every access. */
export const PAGE_ACCESSED = 'counterfoil.page.accessed.v1';

/** What a reader has read of a book, for the executor. */
export const readingDecider: Decider<
  Reading,
  RecordPageAccessed,
  ReadingEvent,
  NotificationTerms,
  AnnouncedNotifications
> = {
  shape: READING,
  decide({ data: { email, ...access } }, reading) {
    const accessed: ReadingEvent = { type: 'PageAccessed', data: access };
    const finishes = !isFinished(reading) && isFinished(evolve(reading, accessed));
    const events: ReadingEvent[] = finishes
      ? [accessed, { type: 'FirstChapterFinished', data: { email } }]
      : [accessed];
    return { kind: 'accepted', events };
  },
  evolve,
  announce(events, reading, context) {
    const mails = events.flatMap((event) =>
      event.type === 'FirstChapterFinished' ? [mailTo(event.data.email, reading, context)] : [],
    );
    const accesses = events.flatMap((event) =>
      event.type === 'PageAccessed' ? [{ type: PAGE_ACCESSED, data: event.data }] : [],
    );
    const announced = announcedTogether(mails);
    return { ...announced, messages: [...accesses, ...announced.messages] };
  },
  answer: ({ readerId, bookId, firstChapter }, { notifications }) => ({
    readerId,
    bookId,
    firstChapterPages: firstChapter.length,
    notifications,
  }),
  due: () => undefined,
};

const isFinished = (reading: Reading | undefined): boolean => reading?.firstChapter.length === FIRST_CHAPTER_PAGES;

function evolve(reading: Reading | undefined, event: ReadingEvent): Reading {
  switch (event.type) {
    case 'PageAccessed': {
      const { readerId, bookId, page } = event.data;
      const before = reading?.firstChapter ?? [];
      const isNew = page <= FIRST_CHAPTER_PAGES && !before.includes(page);
      return { readerId, bookId, firstChapter: isNew ? [...before, page] : before };
    }
    case 'FirstChapterFinished':
      // `decide` puts it after the access that finishes the chapter; an event without one is a broken history.
      if (!reading) throw new Error('FirstChapterFinished without a reading');
      return reading;
    default:
      return event satisfies never;
  }
}

function mailTo(
  email: string,
  { readerId, bookId }: Reading,
  context: AnnounceContext<NotificationTerms>,
): AnnouncedNotifications {
  return requestNotification({
    context,
    position: 1,
    channel: 'email',
    purpose: 'first-chapter-finished',
    customerId: readerId,
    content: {
      recipients: [email],
      template: 'direct',
      message: {
        channel: 'email',
        subject: 'You have finished the first chapter',
        text: `You have read all ${FIRST_CHAPTER_PAGES} pages of the first chapter of ${bookId}. Enjoy the second one!`,
      },
    },
  });
}
