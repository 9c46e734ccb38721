import type { Announcement, Rejection } from '#shared/messaging/decider.ts';
import type { Log } from '#shared/messaging/system.ts';
import { httpCommandId } from '#shared/once/command-id.ts';
import { TemporarilyUnavailable } from '#shared/once/errors.ts';
import { type Decided, type Executed, type ExecutorPorts, executeOnce } from '#shared/once/execute.ts';
import type { Correlated } from './correlation.ts';
import { type HttpEvent, jsonResponse, type Reply } from './event.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Idempotent } from './idempotency-key.ts';
import type { Conditional } from './if-match.ts';
import type { WithBody } from './json-body.ts';
import { problemOfRejection, problemResponse } from './problem.ts';
import type { OfTenant } from './tenant.ts';

export type CommandPorts = ExecutorPorts & {
  /** The stage's secret. It is the key of the HMACs for request fingerprints and recipient keys. */
  secret: () => Promise<string>;
  log: Log;
};

/** A command as its handler sees it: the tenant, the idempotency key, the expected version and the body. */
export type Call<Body> = HttpEvent & Correlated & OfTenant & Idempotent & Conditional & WithBody<Body>;

/** The part of a command's execution that cannot be derived from the call. */
export type Execution<State, Command, Event, Terms, Announced extends Announcement> = Decided<
  State,
  Command,
  Event,
  Terms,
  Announced
> & {
  /** The resolved path: it contains ids, not names of parameters. */
  path: string;
};

/** Passes a command to the executor. */
export async function execute<State, Command, Event, Terms, Announced extends Announcement>(
  call: Call<unknown>,
  request: Execution<State, Command, Event, Terms, Announced>,
  ports: CommandPorts,
): Promise<Executed> {
  const { tenant, idempotencyKey, expectedVersion, correlationId, traceparent, json } = call;
  const secret = await secretOf(ports);
  const { method } = call.requestContext.http;
  const commandId = httpCommandId({ tenant, method, path: request.path, idempotencyKey });
  const identified = {
    ...request,
    commandId,
    // If-Match is not part of it: after 412, the same key may be sent again with the right version.
    fingerprint: fingerprintOf(json.received, secret),
    ...(expectedVersion !== undefined && { expectedVersion }),
    metadata: { correlationId, causationId: commandId, ...(traceparent === undefined ? {} : { traceparent }) },
  };
  return executeOnce(identified, ports);
}

/** Nothing is written before the secret has been read, so a caller may safely retry. */
export async function secretOf(ports: CommandPorts): Promise<string> {
  try {
    return await ports.secret();
  } catch (cause) {
    throw new TemporarilyUnavailable('The command could not be started.', { cause });
  }
}

/** The stored text is returned unchanged: the answer to a repetition is byte for byte the same as the first answer. */
export function answer({ kind, outcome }: Executed, headers: Record<string, string> = {}): Reply {
  const replayed: Record<string, string> = kind === 'duplicate' ? { 'idempotency-replayed': 'true' } : {};
  if (outcome.accepted) return jsonResponse(outcome.answer, { ...headers, ...replayed });
  return problemResponse(problemOfRejection(JSON.parse(outcome.answer) as Rejection), replayed);
}
