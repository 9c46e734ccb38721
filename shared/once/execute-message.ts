import type { Envelope } from '#shared/messaging/envelope.ts';
import { parseEnvelope } from '#shared/messaging/parse.ts';
import type { Decided, ExecutorPorts } from './execute.ts';
import { executeTransition } from './transition.ts';

/** The command that a message means to a subscriber. @throws PoisonMessage if it means none. */
export type CommandOf<State, Command, Event> = (envelope: Envelope) => Decided<State, Command, Event>;

/**
 * Executes the command of a message once, however often the message is delivered.
 * @throws PoisonMessage if it can never be handled; StoreUnavailable, TemporarilyUnavailable to retry it.
 */
export async function executeMessage<State, Command, Event>(
  body: string,
  commandOf: CommandOf<State, Command, Event>,
  ports: ExecutorPorts & { subscriber: string },
): Promise<void> {
  const envelope = parseEnvelope(body);
  const { id, correlationid, traceparent } = envelope;
  const metadata = {
    correlationId: correlationid,
    causationId: id,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
  await executeTransition(commandOf(envelope), { subscriber: ports.subscriber, transitionId: id, metadata }, ports);
}
