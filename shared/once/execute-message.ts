import type { Announcement } from '#shared/messaging/decider.ts';
import { type Envelope, handledIdOf } from '#shared/messaging/envelope.ts';
import { PoisonMessage, parseEnvelope } from '#shared/messaging/parse.ts';
import type { Decided, ExecutorPorts } from './execute.ts';
import { executeTransition } from './transition.ts';

/**
 * The command that a message means to a subscriber; undefined: none, so nothing is read or written.
 * @throws PoisonMessage if it can never be handled.
 */
export type CommandOf<State, Command, Event, Terms = undefined, Announced extends Announcement = Announcement> = (
  envelope: Envelope,
) => Meant<State, Command, Event, Terms, Announced> | Promise<Meant<State, Command, Event, Terms, Announced>>;

/** What a process reads of a message to find its state. */
export type AboutProcess = Pick<Envelope, 'type' | 'tenantid'> & { data?: unknown };

type Meant<State, Command, Event, Terms, Announced extends Announcement> =
  | Decided<State, Command, Event, Terms, Announced>
  | undefined;

/**
 * Executes the command of a message once, however often the message is delivered.
 * @throws PoisonMessage if it can never be handled; StoreUnavailable, TemporarilyUnavailable to retry it.
 */
export async function executeMessage<State, Command, Event, Terms, Announced extends Announcement>(
  body: string,
  commandOf: CommandOf<State, Command, Event, Terms, Announced>,
  ports: ExecutorPorts & { subscriber: string },
): Promise<void> {
  const envelope = parseEnvelope(body);
  const decided = await commandOf(envelope);
  if (!decided) return;
  const { id, correlationid, traceparent } = envelope;
  const metadata = {
    correlationId: correlationid,
    causationId: id,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
  const cause = { subscriber: ports.subscriber, transitionId: handledIdOf(envelope), metadata };
  await executeTransition(decided, cause, ports);
}

/**
 * Passes a message to several handlers, so that the failure of one does not stop the others. A repetition passes it to
 * all of them again.
 * @throws the error of a handler. PoisonMessage only if no other handler has to be retried.
 */
export async function handleByEach(
  body: string,
  handlers: readonly ((body: string) => Promise<void>)[],
): Promise<void> {
  const results = await Promise.allSettled(handlers.map((handle) => handle(body)));
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (errors.length > 0) throw errors.find((error) => !(error instanceof PoisonMessage)) ?? errors[0];
}
