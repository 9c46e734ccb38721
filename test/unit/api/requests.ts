import assert from 'node:assert/strict';
import type { Fault } from '#shared/messaging/failure.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import { createWorld } from '#test/support/world/world.ts';

/** Requests with one field that differs, and the faults in the answers. */

let sent = 0;

/** A command with these contents; what is wrong with it, if it is refused. */
export async function post(path: string, body: unknown, api = createWorld()) {
  sent += 1;
  const headers = { 'content-type': 'application/json', 'idempotency-key': `key-${sent}` };
  const event = httpEvent({ routeKey: `POST ${path}`, tenant: 'acme', headers, body: JSON.stringify(body) });
  const response = await api.commands(event);
  const answer = bodyOf<{ errors?: Fault[] } & Record<string, unknown>>(response);
  return { status: response.statusCode, faults: answer.errors ?? [], answer };
}

export async function get(path: string, query: Record<string, string>, method = 'GET') {
  const { queries, commands } = createWorld();
  const event = { ...httpEvent({ routeKey: `${method} ${path}`, tenant: 'acme' }), queryStringParameters: query };
  const response = await (method === 'GET' ? queries : commands)(event);
  return { status: response.statusCode, faults: bodyOf<{ errors?: Fault[] }>(response).errors ?? [] };
}

export const order = (change: { contact?: object; line?: object; currency?: string } = {}) => ({
  contact: { name: 'Ada', email: 'ada@example.com', ...change.contact },
  currency: change.currency ?? 'EUR',
  lines: [{ sku: 'MUG-01', description: 'Mug', quantity: 1, unitPrice: 1, ...change.line }],
});

export const email = (change: object = {}) => ({
  channel: 'email',
  to: ['ada@example.com'],
  subject: 'Hello',
  text: 'Hello.',
  ...change,
});

export const sms = (text: string) => ({ channel: 'sms', to: ['+4366012345678'], text });

export const accepted = async (path: string, body: unknown, title: string): Promise<void> => {
  const { status, faults } = await post(path, body);
  assert.deepEqual([status < 300, faults], [true, []], title);
};

/** The only fault of a command that is refused. */
export const faultOf = async (path: string, body: unknown, title: string): Promise<Fault> => {
  const { status, faults } = await post(path, body);
  assert.deepEqual([status, faults.length], [400, 1], `${title}: ${JSON.stringify(faults)}`);
  return faults[0] as Fault;
};
