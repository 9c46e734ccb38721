import type { RedriveCommand } from '#shared/redrive/decider.ts';

type Planned = Extract<RedriveCommand, { type: 'PlanRedrive' }>['planned'];

/** A planned redrive of some members of one group. */
export const aPlan = ({
  members = 3,
  now = 0,
  ...change
}: Partial<Planned> & { members?: number; now?: number } = {}): Planned => ({
  redriveId: 'redrive-1',
  actor: 'operator',
  selection: { subscriber: 'send-email' },
  ratePerSecond: 50,
  canary: [1],
  stopAbove: 0.1,
  plan: {
    members,
    counts: { handled: members, alreadyDone: 0, unknown: 0, dropped: 0 },
    dropped: [],
    samples: {
      handled: [{ deadLetterId: 'letter-1', subject: 'order/o1' }],
      alreadyDone: [],
      unknown: [],
      dropped: [],
    },
    groups: [{ fingerprint: 'group-1', subscriber: 'send-email', reason: 'GIVEN_UP', members }],
    frozenAt: new Date(now).toISOString(),
  },
  set: { id: 'set-1', chunks: 1 },
  ...change,
});
