import type { SmallCase } from './small-cases.ts';

/** A guard of the real code, and how it is removed: a text that occurs once in a file is replaced by another. */
export type Guard = {
  name: string;
  /** What it prevents. */
  against: string;
  edits: { file: string; find: string; replace: string }[];
  /** The small case that shows its absence, where the seeded runs do not: see small-cases.ts. */
  small?: SmallCase;
};

/**
 * Every guard on which the promise depends. Without any one of them, the simulation must find a violation: a guard whose
 * absence is not noticed is either untested or not needed.
 */
export const GUARDS: Guard[] = [
  {
    name: 'outbox condition',
    against: 'the same command committed twice',
    edits: [
      {
        file: 'test/support/memory/memory-store.ts',
        find: "if (earlier) return { kind: 'duplicate', record: copy(earlier) };",
        replace: '',
      },
    ],
  },
  {
    name: 'a repetition is recognised at all',
    against: 'a repetition that is decided again (the load and the commit each detect it)',
    edits: [
      {
        file: 'shared/once/execute.ts',
        find: 'if (record) return done(recognise(record, request.fingerprint, nonce));',
        replace: '',
      },
      {
        file: 'test/support/memory/memory-store.ts',
        find: "if (earlier) return { kind: 'duplicate', record: copy(earlier) };",
        replace: '',
      },
    ],
  },
  {
    name: 'version check of a commit',
    against: 'a decision on a state that has changed',
    edits: [
      {
        file: 'test/support/memory/memory-store.ts',
        find: "if (versionOf(key) !== expectedVersion || taken || changed) return { kind: 'conflict' };",
        replace: "if (taken) return { kind: 'conflict' };",
      },
    ],
  },
  {
    name: 'version check of a claim',
    against: 'two senders with one claim',
    edits: [
      {
        file: 'test/support/memory/memory-store.ts',
        find: "if (versionOf(key) !== expectedVersion) return { kind: 'conflict', current: stateOf(shape, key) };",
        replace: '',
      },
    ],
  },
  {
    name: 'claim condition',
    against: 'sending a notification that is being sent or was sent',
    edits: [
      {
        file: 'shared/notification/notification.ts',
        find: "return notification.status === 'PENDING' && (notification.notBefore ?? 0) <= now + CLOCK_SKEW_MS;",
        replace: 'return now > 0;',
      },
    ],
  },
  {
    name: 'attempt nonce of a claim',
    against: 'a sender that uses or releases the claim of another sender',
    edits: [
      {
        file: 'shared/delivery/claim.ts',
        find: "return notification.status === 'SENDING' && notification.nonce === nonce;",
        replace: "return notification.status === 'SENDING' && nonce !== '';",
      },
    ],
  },
  {
    name: 'attempt nonce of a verdict',
    against: 'a sender that writes after it lost its claim',
    edits: [
      {
        file: 'shared/notification/decider.ts',
        find: "notification.status === 'SENDING' && notification.nonce === nonce;",
        replace: "notification.status === 'SENDING' && nonce !== '';",
      },
    ],
  },
  {
    name: 'lease over → UNKNOWN',
    against: 'sending again a notification that may have been sent',
    edits: [
      {
        file: 'shared/notification/evolve.ts',
        find: "progress: { status: 'UNKNOWN', reason, since: at, deadline }",
        replace: "progress: { status: 'PENDING', dueAt: deadline }",
      },
    ],
  },
  {
    name: 'lease bound before the call',
    against: 'a call made when the lease may be over',
    edits: [
      {
        file: 'shared/delivery/sender.ts',
        find: 'if (remainingMs() < neededMs || clock.now() + sender.providerTimeoutMs > claim.leaseUntil) {',
        replace: 'if (neededMs < 0) {',
      },
    ],
  },
  {
    name: 'publish before mark',
    against: 'a crash between mark and publish',
    edits: [
      {
        file: 'shared/once/publish.ts',
        find: 'const batches = batchesOf(',
        replace:
          'await Promise.all(records.map((record) => markPublished(record, ports)));\n  const batches = batchesOf(',
      },
    ],
  },
  {
    name: 'outbox row stays due until it is published',
    against: 'a message that only the stream knows',
    edits: [
      {
        file: 'shared/once/execute.ts',
        find: '...(envelopes.length === 0 ? {} : { dueAt: now + graceMs }),',
        replace: '',
      },
    ],
  },
  {
    name: 'a claim is due when its lease is over',
    against: 'a sender that dies with its claim',
    edits: [
      {
        file: 'shared/notification/notification.ts',
        find: 'return { kind: NOTIFICATION_DUE.name, at: notification.leaseUntil };',
        replace: 'return undefined;',
      },
    ],
  },
  {
    name: 'due again after a reminder',
    against: 'a lost reminder',
    edits: [
      {
        file: 'shared/notification/notification.ts',
        find: 'return { ...notification, reminders, dueAt: now + pauseMs };',
        replace: 'return { ...notification, reminders, dueAt: now + pauseMs * 1e6 };',
      },
    ],
  },
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
    name: 'one attempt of the provider’s client',
    against: 'an SDK that repeats a call that it considers failed',
    edits: [
      {
        file: 'shared/delivery/provider.ts',
        find: 'export const PROVIDER_ATTEMPTS = 1;',
        replace: 'export const PROVIDER_ATTEMPTS = 3;',
      },
    ],
  },
  {
    name: 'deterministic command ids',
    against: 'a repetition that is not recognised',
    edits: [
      {
        file: 'shared/once/command-id.ts',
        find: "scope.tenant, scope.method, scope.path, scope.idempotencyKey].join('\\n')",
        replace: "scope.tenant, scope.method, scope.path, scope.idempotencyKey, String(Math.random())].join('\\n')",
      },
    ],
  },
  {
    name: 'deterministic message ids',
    against: 'one message under two ids',
    edits: [
      {
        file: 'shared/once/envelopes.ts',
        find: 'const address = JSON.stringify([key.tenant, key.type, key.id, commandId, position]);',
        replace: 'const address = JSON.stringify([key.tenant, key.type, key.id, commandId.length, position]);',
      },
    ],
  },
  {
    name: 'fingerprint',
    against: 'another command answered with the first one’s outcome',
    edits: [
      {
        file: 'shared/once/execute.ts',
        find: 'if (record.fingerprint !== fingerprint) throw new IdempotencyConflict();',
        replace: '',
      },
    ],
  },
  {
    name: 'rendered once',
    against: 'two attempts with different contents',
    edits: [
      {
        file: 'test/support/memory/memory-store.ts',
        find: 'const first = content.rendered ?? rendered;',
        replace: 'const first = rendered;',
      },
      {
        file: 'shared/delivery/sender.ts',
        find: 'return content.rendered ?? (',
        replace: 'return (',
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
    name: 'a call without a connection was not sent',
    against: 'text messages that are held after minutes without a network',
    edits: [
      {
        file: 'shared/adapters/aws/providers/provider-answer.ts',
        find: 'if (error instanceof NotConnected)',
        replace: "if (error instanceof NotConnected && error.message === '')",
      },
    ],
  },
  {
    name: 'only refusals about the message are final',
    against: 'a paused account that fails every message',
    edits: [
      {
        file: 'shared/adapters/aws/providers/provider-answer.ts',
        find: "kind: REFUSALS[reason].about === 'message' ? 'rejected' : 'deferred', reason",
        replace: "kind: 'rejected', reason",
      },
    ],
  },
  {
    name: 'content that is not seen yet is waited for',
    against: 'a transaction that a query sees in part',
    edits: [
      {
        file: 'shared/delivery/sender.ts',
        find: "if (!isAbsenceFinal(notification.createdAt, clock.now())) return 'content-unseen';",
        replace: '',
      },
    ],
  },
  {
    name: 'a row that is not seen yet is waited for',
    against: 'a transaction that a query sees in part',
    edits: [
      {
        file: 'shared/messaging/absence.ts',
        find: 'return isAbsenceFinal(since, now) ? new PoisonMessage',
        replace: 'return now > 0 ? new PoisonMessage',
      },
    ],
  },
  {
    name: 'what waits for something uses up no receives',
    against: 'an outage that outlasts the receives of feedback',
    edits: [
      {
        file: 'shared/once/consume.ts',
        find: 'if (!returns?.isAway(error)) return false;',
        replace: "if (!returns?.isAway(error) || record.body !== '') return false;",
      },
    ],
  },
  {
    name: 'suppressions are looked at before sending',
    against: 'a recipient who bounced or complained',
    edits: [
      {
        file: 'shared/delivery/objections.ts',
        find: 'inForce.has(recipient) || erased.includes(position) ? [position] : [],',
        replace: 'erased.includes(position) ? [position] : [],',
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
  {
    name: 'the circuit opens',
    against: 'calls at full speed to a provider that refuses the account',
    edits: [
      {
        file: 'shared/delivery/circuit.ts',
        find: 'return refused >= settings.leastRefused && refused',
        replace: 'return refused < 0 && refused',
      },
    ],
  },
  {
    name: 'a further request moves the bound',
    against: 'data from the time between two erasure requests',
    edits: [
      {
        file: 'shared/erasure/decider.ts',
        find: 'if (at <= erasure.requestedAt) return accept([]);',
        replace: 'if (at > "") return accept([]);',
      },
    ],
    small: { company: 'a second request', firstAnswer: 'accepted', accident: 'none' },
  },
  {
    name: 'a claim looks for an erasure',
    against: 'a command committed after the walk that the log does not show',
    edits: [
      {
        file: 'shared/delivery/objections.ts',
        find: 'const pending = erasures.filter(',
        replace: 'const pending = erasures.slice(0, 0).filter(',
      },
    ],
    small: { company: 'a command in progress', firstAnswer: 'accepted', accident: 'none' },
  },
  {
    name: 'late looks of an erasure',
    against: 'an entry of the log that appears after the erasure is done',
    edits: [
      {
        file: 'shared/erasure/erasure.ts',
        find: 'if (lookMs === undefined) return',
        replace: 'if (lookMs !== 0) return',
      },
    ],
    small: { company: 'a late entry', firstAnswer: 'rejected', accident: 'none' },
  },
];
