import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  FIRST_CHAPTER_PAGES,
  PAGE_ACCESSED,
  type ReadingEvent,
  type RecordPageAccessed,
  readingDecider,
} from '#functions/reader/decider.ts';
import type { AnnounceContext } from '#shared/messaging/decider.ts';
import { NOTIFICATION_REQUESTED } from '#shared/names.ts';
import type { NotificationTerms } from '#shared/notification/request.ts';
import { checkProperty } from '#test/support/random-runs.ts';
import { requestedIn, TERMS } from '#test/support/requested.ts';
import { specification } from '#test/support/specification.ts';

const context: AnnounceContext<NotificationTerms> = {
  key: { tenant: 'acme', type: 'reading', id: 'reading1' },
  now: Date.UTC(2026, 0, 2),
  version: 12,
  correlationId: 'correlation-1',
  commandId: 'command-1',
  terms: TERMS,
};
const email = 'ada@example.com';
const access = (page: number) => ({ readerId: 'ada', bookId: 'emma', page });
const recording = (page: number): RecordPageAccessed => ({
  type: 'RecordPageAccessed',
  data: { ...access(page), email },
});
const accessed = (page: number): ReadingEvent => ({ type: 'PageAccessed', data: access(page) });
const finished: ReadingEvent = { type: 'FirstChapterFinished', data: { email } };
const pages = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

const { given } = specification(readingDecider, context);
const allButTheLast = pages(FIRST_CHAPTER_PAGES - 1).map(accessed);

describe('a page access', () => {
  it('is recorded', () => given().when(recording(3)).thenEvents(accessed(3)));

  it('keeps exactly this state, without the address', () =>
    given(accessed(3), accessed(40))
      .when(recording(1))
      .thenState({
        readerId: 'ada',
        bookId: 'emma',
        firstChapter: [3, 1],
      }));

  it('of a page that was accessed before is recorded again', () =>
    given(accessed(3)).when(recording(3)).thenEvents(accessed(3)));

  it('is published, without the address', () =>
    given()
      .when(recording(3))
      .thenMessages({ type: PAGE_ACCESSED, data: access(3) }));
});

describe('the first chapter', () => {
  it('is finished by the access to its last missing page', () =>
    given(...allButTheLast)
      .when(recording(FIRST_CHAPTER_PAGES))
      .thenEvents(accessed(FIRST_CHAPTER_PAGES), finished));

  it('is not finished by a page after it', () =>
    given(...allButTheLast)
      .when(recording(FIRST_CHAPTER_PAGES + 1))
      .thenEvents(accessed(FIRST_CHAPTER_PAGES + 1)));

  it('is finished once', () =>
    given(...allButTheLast, accessed(FIRST_CHAPTER_PAGES), finished)
      .when(recording(FIRST_CHAPTER_PAGES))
      .thenEvents(accessed(FIRST_CHAPTER_PAGES)));

  it('requests one e-mail, to the address of the request', () => {
    const { announced } = given(...allButTheLast)
      .when(recording(FIRST_CHAPTER_PAGES))
      .accepted();
    assert.deepEqual(announced.messages, [
      { type: PAGE_ACCESSED, data: access(FIRST_CHAPTER_PAGES) },
      {
        type: NOTIFICATION_REQUESTED,
        data: { notificationId: 'reading_reading1_12-1', channel: 'email' },
        attributes: { channel: 'email' },
      },
    ]);
    const [requested] = requestedIn(announced);
    assert.deepEqual(requested?.content, {
      recipients: [email],
      template: 'direct',
      message: {
        channel: 'email',
        subject: 'You have finished the first chapter',
        text: 'You have read all 12 pages of the first chapter of emma. Enjoy the second one!',
      },
    });
    // An erasure by customer or by address finds the e-mail by these.
    assert.equal(requested?.state.customerId, 'ada');
    assert.deepEqual(requested?.state.recipients, ['key of acme email ada@example.com']);
  });

  it('is finished exactly once in any order of accesses that contains all of its pages', () => {
    return checkProperty(
      'the first chapter is finished once',
      fc.property(
        fc.shuffledSubarray(pages(30), { minLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 30 })),
        (all, more) => {
          let state: Parameters<typeof readingDecider.evolve>[0];
          const events = [...all, ...more].flatMap((page) => {
            const decision = readingDecider.decide(recording(page), state, context);
            assert.equal(decision.kind, 'accepted');
            const { events } = decision as Extract<typeof decision, { kind: 'accepted' }>;
            for (const event of events) state = readingDecider.evolve(state, event);
            return events;
          });
          assert.equal(events.filter(({ type }) => type === 'FirstChapterFinished').length, 1);
        },
      ),
    );
  });
});
