import type { Announcement } from '#shared/messaging/decider.ts';
import { messageCommandId } from './command-id.ts';
import type { Metadata } from './envelopes.ts';
import { type Decided, type Executed, type ExecutorPorts, executeOnce } from './execute.ts';

/** Why a transition is executed, if it is not for an HTTP request: a message, a due time, or an operator's tool. */
export type TransitionCause = {
  /** Name of the function or process that executes it. */
  subscriber: string;
  /** Identifies the transition within its subscriber. A repetition has the same id, so that it is recognised. */
  transitionId: string;
  /** Distinguishes a repetition from a different transition with the same id; absent: equal ids mean a repetition. */
  fingerprint?: string;
  /** Without a `causationId`, messages name the transition itself as their cause. */
  metadata: Omit<Metadata, 'causationId'> & Partial<Pick<Metadata, 'causationId'>>;
};

/**
 * Executes a transition once, under a command id that is derived from its cause.
 * @throws like `executeOnce`.
 */
export function executeTransition<State, Command, Event, Terms, Announced extends Announcement>(
  transition: Decided<State, Command, Event, Terms, Announced>,
  { subscriber, transitionId, fingerprint, metadata }: TransitionCause,
  ports: ExecutorPorts,
): Promise<Executed> {
  const commandId = messageCommandId(subscriber, transitionId);
  const identity = { commandId, fingerprint: fingerprint ?? commandId };
  const request = { ...transition, ...identity, metadata: { causationId: commandId, ...metadata } };
  return executeOnce<State, Command, Event, Terms, Announced>(request, ports);
}
