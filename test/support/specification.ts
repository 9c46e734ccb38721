import assert from 'node:assert/strict';
import type { AnnounceContext, Announcement, Decider, Decision } from '#shared/messaging/decider.ts';

/**
 * Given events, when a command, then events (Greg Young's specification by example, as Emmett writes
 * it). Every check compares whole values, so a specification cannot pass by looking away.
 */
export function specification<State, Command, Event, Terms, Announced extends Announcement>(
  decider: Decider<State, Command, Event, Terms, Announced>,
  context: AnnounceContext<Terms>,
) {
  const given = (...history: Event[]) => ({
    when: (command: Command) => {
      const before = history.reduce<State | undefined>((state, event) => decider.evolve(state, event), undefined);
      return outcome(decider, context, before, decider.decide(command, before, context));
    },
  });
  return { given };
}

function outcome<State, Command, Event, Terms, Announced extends Announcement>(
  decider: Decider<State, Command, Event, Terms, Announced>,
  context: AnnounceContext<Terms>,
  before: State | undefined,
  decision: Decision<Event>,
) {
  const accepted = (): { events: readonly Event[]; state: State; announced: Announced } => {
    assert.equal(decision.kind, 'accepted', `refused: ${JSON.stringify(decision)}`);
    const { events } = decision as Extract<typeof decision, { kind: 'accepted' }>;
    const state = events.reduce<State | undefined>((current, event) => decider.evolve(current, event), before) as State;
    return { events, state, announced: decider.announce(events, state, context) };
  };
  return {
    thenEvents: (...expected: Event[]) => assert.deepEqual(accepted().events, expected),
    thenState: (expected: State) => assert.deepEqual(accepted().state, expected),
    thenMessages: (...expected: Announced['messages']) => assert.deepEqual(accepted().announced.messages, expected),
    thenRejected: (code: string) => {
      assert.equal(decision.kind, 'rejected');
      assert.equal((decision as Extract<typeof decision, { kind: 'rejected' }>).rejection.code, code);
    },
    accepted,
  };
}
