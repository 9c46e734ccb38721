import type { Guard } from './guard.ts';

/** Guards of feedback, and of deciding unknown outcomes from it. */
export const SETTLEMENT_GUARDS: Guard[] = [
  {
    name: 'margin',
    against: 'late evidence that counts as missing',
    edits: [
      {
        file: 'shared/settlement/settle.ts',
        find: 'const needed = Date.parse(latest.settledAt) + settings.inFlightMs + settings.marginMs;',
        replace: 'const needed = Date.parse(latest.settledAt) + settings.inFlightMs;',
      },
    ],
  },
  {
    name: 'provider in-flight bound',
    against: 'a call that is done after its client gave up',
    edits: [
      {
        file: 'shared/settlement/settle.ts',
        find: 'const needed = Date.parse(latest.settledAt) + settings.inFlightMs + settings.marginMs;',
        replace: 'const needed = Date.parse(latest.settledAt) + settings.marginMs;',
      },
    ],
  },
  {
    name: 'feed has moved beyond the margin',
    against: 'a stalled feed',
    edits: [
      {
        file: 'shared/settlement/settle.ts',
        find: 'if ((evidence.feed.watermark ?? 0) >= needed) {',
        replace: 'if (evidence.now >= needed) {',
      },
    ],
  },
  {
    name: 'counts of the queue are fresh',
    against: 'a queue that only looks empty',
    edits: [
      {
        file: 'shared/settlement/settle.ts',
        find: 'const countsAreFreshAt = feedMovedAt + countLagMs;',
        replace: 'const countsAreFreshAt = feedMovedAt;',
      },
    ],
  },
  {
    name: 'feed queue is empty',
    against: 'evidence that waits behind other feedback or is a dead letter',
    edits: [
      {
        file: 'shared/settlement/feed-watch.ts',
        find: '(await queueDepth()) === 0 &&',
        replace: '',
      },
    ],
  },
  {
    name: 'no feedback was set aside',
    against: 'evidence that could not be read',
    edits: [
      {
        file: 'shared/settlement/feed-watch.ts',
        find: '&& !(await diedSince(since, deadLetters))',
        replace: '',
      },
    ],
  },
  {
    name: 'evidence in any state',
    against: 'evidence that comes after the verdict',
    edits: [
      {
        file: 'shared/notification/decider.ts',
        find: "if (attempt?.outcome === 'accepted' || !(attempt || isHeldAsRestored(notification))) return [];",
        replace:
          "if (attempt?.outcome === 'accepted' || !['SENDING', 'UNKNOWN'].includes(notification.status)) return [];",
      },
    ],
  },
  {
    name: 'a second unknown outcome is for a person',
    against: 'resending for ever',
    edits: [
      {
        file: 'shared/settlement/settle.ts',
        find: "if (unknowns.length > 1) return { kind: 'hold', reason: 'UNKNOWN_AGAIN' };",
        replace: '',
      },
    ],
  },
  {
    name: 'a verdict belongs to one attempt, and is not old',
    against:
      'a late verdict that settles the next attempt (its id is used already, and the executor gives up first: each check is enough)',
    edits: [
      {
        file: 'shared/notification/decider.ts',
        find: "notification.status === 'UNKNOWN' && notification.attempts.at(-1)?.nonce === nonce;",
        replace: "notification.status === 'UNKNOWN' && nonce !== '';",
      },
      {
        file: 'shared/once/execute.ts',
        find: 'if (ports.clock.now() + pauseMs >= deadline) {',
        replace: 'if (pauseMs > deadline) {',
      },
      {
        file: 'shared/settlement/wake-notification.ts',
        find: 'subscriber: SUBSCRIBER,',
        replace: 'subscriber: SUBSCRIBER + ports.random.nonce(),',
      },
    ],
  },
  {
    name: 'a bounce for good suppresses',
    against: 'sending again to a mailbox that does not exist',
    edits: [
      {
        file: 'shared/feedback/recipient-feedback.ts',
        find: "  BOUNCED: 'BOUNCE',",
        replace: '',
      },
    ],
  },
  {
    name: 'evidence is waited for before a person has to look',
    against: 'e-mails that are held although their events arrive',
    edits: [
      {
        file: 'shared/settlement/settle.ts',
        find: 'const waitEndsAt = Date.parse(notification.since) + settings.holdAfterMs;',
        replace: 'const waitEndsAt = Date.parse(notification.since);',
      },
    ],
  },
];
