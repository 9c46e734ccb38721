import type { Decider } from '#shared/messaging/decider.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import { notificationRows } from './requested.ts';

/** The smallest decider that can change, refuse, say something and do nothing. */
export type CounterCommand = { type: 'Add'; amount: number; notify?: number };
export type CounterState = { total: number };
export type CounterEvent = { type: 'Added'; amount: number; notify: number };

export const COUNTER = shapeOf<CounterState>('counter');

export const counter: Decider<CounterState, CounterCommand, CounterEvent> = {
  shape: COUNTER,
  decide({ amount, notify = 0 }, state) {
    if (amount < 0) {
      const rejection = { code: 'NEGATIVE', detail: `The total is ${state?.total ?? 0}.`, next: 'Add something.' };
      return { kind: 'rejected', rejection };
    }
    return { kind: 'accepted', events: amount === 0 ? [] : [{ type: 'Added', amount, notify }] };
  },
  evolve: (state, event) => ({ total: (state?.total ?? 0) + event.amount }),
  announce: (events, state, { key, version }) => ({
    messages: events.map(({ amount }) => ({ type: 'counter.added.v1', data: { amount, total: state.total } })),
    rows: Array.from({ length: events[0]?.notify ?? 0 }, (_, index) =>
      notificationRows(key, {
        notificationId: `counter_one_${version}-${index + 1}`,
        state: { status: 'PENDING' },
        content: { says: 'hello' },
        due: { kind: 'notification', at: 1 },
      }),
    ).flat(),
  }),
  answer: (state, _announced, version) => ({ total: state.total, version }),
  due: () => undefined,
};
