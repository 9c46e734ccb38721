import type { Guard } from './guard.ts';

/** Guards of the core: the executor, the outbox and its relay, and subscribers. */
export const ONCE_GUARDS: Guard[] = [
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
    name: 'publish before mark',
    against: 'a crash between mark and publish',
    edits: [
      {
        file: 'shared/once/publish.ts',
        find: 'const failures = await publishAll(',
        replace:
          'await Promise.all(records.map((record) => markPublished(record, ports)));\n  const failures = await publishAll(',
      },
    ],
  },
  {
    name: 'outbox row stays due until it is published',
    against: 'a message that only the stream knows',
    edits: [
      {
        file: 'shared/once/outbox-record.ts',
        find: '...(envelopes.length === 0 ? { correlationId: metadata.correlationId } : { dueAt: now + graceMs }),',
        replace: '',
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
];
