import middy from '@middy/core';
import type * as v from 'valibot';
import type { Announcement, Rejection } from '#shared/messaging/decider.ts';
import type { Log } from '#shared/messaging/system.ts';
import { httpCommandId } from '#shared/once/command-id.ts';
import { TemporarilyUnavailable } from '#shared/once/errors.ts';
import { type Executed, type ExecuteRequest, type ExecutorPorts, executeOnce } from '#shared/once/execute.ts';
import type { Correlated } from './correlation.ts';
import { type HttpEvent, type HttpFunction, type HttpResponse, jsonResponse } from './event.ts';
import { fingerprintOf } from './fingerprint.ts';
import { asHttpFunction } from './http-function.ts';
import { type Idempotent, idempotencyKey } from './idempotency-key.ts';
import { FIELD_FAULTS } from './input/fault-texts.ts';
import { type AnySchema, jsonBody, type WithBody } from './json-body.ts';
import { problemOfRejection, problemResponse } from './problem.ts';
import { type OfTenant, tenant } from './tenant.ts';

export type CommandPorts = ExecutorPorts & {
  /** The stage's secret. It is the key of the HMACs for request fingerprints and recipient keys. */
  secret: () => Promise<string>;
  log: Log;
};

export type CommandSettings = { tenantClaim: string };

/** A command as its handler sees it: the tenant, the idempotency key and the body. */
export type Call<Body> = HttpEvent & Correlated & OfTenant & Idempotent & WithBody<Body>;

export type Command<Schema extends AnySchema> = {
  schema: Schema;
  maximumBytes: number;
  handle: (call: Call<v.InferOutput<Schema>>) => Promise<HttpResponse>;
};

/** The pipeline of every command: it requires a tenant, an Idempotency-Key and a valid body. */
export function command<Schema extends AnySchema>(
  { schema, maximumBytes, handle }: Command<Schema>,
  { tenantClaim }: CommandSettings,
): HttpFunction {
  const pipeline = middy(handle).use([
    tenant({ claim: tenantClaim }),
    idempotencyKey(),
    jsonBody({ schema, texts: FIELD_FAULTS, maximumBytes }),
  ]);
  return asHttpFunction(pipeline);
}

/** The part of a command's execution that cannot be derived from the call. */
export type Execution<State, Command, Event, Terms, Announced extends Announcement> = Omit<
  ExecuteRequest<State, Command, Event, Terms, Announced>,
  'commandId' | 'fingerprint' | 'metadata'
> & {
  /** The resolved path: it contains ids, not names of parameters. */
  path: string;
};

/** Passes a command to the executor. */
export async function execute<State, Command, Event, Terms, Announced extends Announcement>(
  call: Call<unknown>,
  { path, ...request }: Execution<State, Command, Event, Terms, Announced>,
  ports: CommandPorts,
): Promise<Executed> {
  const { tenant, idempotencyKey, correlationId, traceparent, json } = call;
  const secret = await secretOf(ports);
  const commandId = httpCommandId({ tenant, method: 'POST', path, idempotencyKey });
  const identified = {
    ...request,
    commandId,
    fingerprint: fingerprintOf(json.received, secret),
    metadata: { correlationId, causationId: commandId, ...(traceparent === undefined ? {} : { traceparent }) },
  };
  // TypeScript does not resolve `Omit` over type parameters, so it cannot see that the request is complete.
  return executeOnce(identified as ExecuteRequest<State, Command, Event, Terms, Announced>, ports);
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
export function answer(
  { kind, outcome }: Executed,
  { status, headers }: { status: number; headers: Record<string, string> },
): HttpResponse {
  const replayed: Record<string, string> = kind === 'duplicate' ? { 'idempotency-replayed': 'true' } : {};
  if (outcome.accepted) return jsonResponse(status, outcome.answer, { ...headers, ...replayed });
  return problemResponse(problemOfRejection(JSON.parse(outcome.answer) as Rejection), replayed);
}
