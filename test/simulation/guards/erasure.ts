import type { Guard } from './guard.ts';

/** Guards of erasures. */
export const ERASURE_GUARDS: Guard[] = [
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
