import type { Guard } from './guard.ts';

/** Guards of the processes of an order. */
export const PROCESS_GUARDS: Guard[] = [
  {
    name: 'a bounce after a delivery',
    against: 'a message that a mail server has accepted, could not deliver, and that has no fallback',
    edits: [
      {
        file: 'shared/fallback/fallback.ts',
        find: "if (fallback?.status === 'requested' || fallback?.status === 'ended') return accepted();",
        replace: "if (fallback && fallback.status !== 'waiting') return accepted();",
      },
    ],
    always: 'processes',
  },
];
