import assert from 'node:assert/strict';
import { ERASURE, ERASURE_DUE, type Erasure } from '#shared/erasure/erasure.ts';
import type { ErasureView } from '#shared/erasure/responses.ts';
import type { StateKey } from '#shared/messaging/identity.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import { ORDER, type Order } from '#shared/order/order.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import type { WorldStore } from '#test/support/world/functions.ts';
import { createWorld, keyOfNotification } from '#test/support/world/world.ts';

/** People, requests and a world for the tests of erasures. */

export const ADA = { name: 'Ada', email: 'ada@example.com', phone: '+4366012345678' };
export const BOB = { name: 'Bob', email: 'bob@example.com' };

/** Time that each request takes. */
export const BETWEEN_MS = 1000;
export const HOUR_MS = 3_600_000;

export const order = (contact: object, customerId?: string) => ({
  contact,
  currency: 'EUR',
  lines: [],
  ...(customerId && { customerId }),
});

export const email = (to: string[]) => ({ channel: 'email', to, subject: 'Hello', text: 'Hello.' });

export type Placed = { orderId: string; notificationId: string; notifications: { notificationId: string }[] };
export const idOf = ({ notifications: [first] }: Placed): string => first?.notificationId ?? '';

/** How the store of an eraser differs from the world's. */
type View = Partial<WorldStore>;
/** More than there are erasures in any test. */
const MOST_ERASURES = 10;

/** The API, `wake-due` for erasures, and a sender of e-mail over one store. */
export function createErasing() {
  const world = createWorld();
  const { commands, queries, store, clock } = world;
  const erasures = store.statesOf(ERASURE);
  let keys = 0;
  const post = async (path: string, body: object, tenant = 'acme'): Promise<Placed> => {
    keys += 1;
    clock.advance(BETWEEN_MS);
    const headers = { 'content-type': 'application/json', 'idempotency-key': `key-${keys}` };
    return bodyOf(await commands(httpEvent({ routeKey: `POST ${path}`, tenant, headers, body: JSON.stringify(body) })));
  };
  const ask = async (routeKey: string, more: object, tenant = 'acme') => {
    clock.advance(BETWEEN_MS);
    return commands({ ...httpEvent({ routeKey, tenant }), ...more });
  };
  const eraseCustomer = (customerId: string, tenant?: string) =>
    ask('DELETE /customers/{customerId}/personal-data', { pathParameters: { customerId } }, tenant);
  const eraseAddress = (channel: string, address: string) =>
    ask('DELETE /personal-data', { queryStringParameters: { channel, address } });

  /** Ids whose entries the log does not show yet. */
  const hidden = new Set<string>();
  const listLog: WorldStore['listLog'] = async (tenant, range, limit) => {
    const { entries } = await store.listLog(tenant, range, 100_000);
    const shown = entries.filter(({ key }) => !hidden.has(key.notificationId));
    return { entries: shown.slice(0, limit), isLast: shown.length <= limit, unknown: [] };
  };
  const dueErasures = () => store.due(ERASURE_DUE, clock.now(), MOST_ERASURES);
  /** What `wake-due` does once with the erasures that are due. @returns how many there were. */
  const wakeOnce = async (view: View = {}): Promise<number> => {
    const { erasure } = world.loops({ store: { ...store, listLog, ...view } });
    return (await erasure.wake(store, clock.now(), MOST_ERASURES)).length;
  };
  /** What `wake-due` does within a minute until no erasure is due any more. @returns how often it had to come. */
  const wake = async (view?: View): Promise<number> => {
    clock.advance(60_000);
    for (let rounds = 0; rounds < 100; rounds += 1) {
      if ((await wakeOnce(view)) === 0) return rounds;
    }
    return assert.fail('It never ends.');
  };
  const isRunning = async ({ key }: { key: StateKey }): Promise<boolean> =>
    key.type === 'erasure' && (await erasures.read(key))?.state.status === 'RUNNING';
  const areRunning = async (): Promise<boolean> => {
    for (const row of store.states.values()) if (await isRunning(row)) return true;
    return false;
  };
  /** Until every erasure is done. */
  const finish = async (view?: View): Promise<void> => {
    for (let minutes = 0; await areRunning(); minutes += 1) {
      assert.ok(minutes < 20, 'It is never done.');
      await wake(view);
    }
  };

  const notification = async (notificationId: string, tenant = 'acme') => {
    const { stored, content } =
      (await store.readWithContent(keyOfNotification(notificationId, tenant))) ?? assert.fail();
    return { state: stored.state, content };
  };
  const orderState = async (id: string): Promise<Order> =>
    ((await store.statesOf(ORDER).read({ tenant: 'acme', type: 'order', id })) ?? assert.fail()).state;
  const storedErasure = async (answer: { body: string }): Promise<{ key: StateKey; stored: StoredState<Erasure> }> => {
    const key = { tenant: 'acme', type: 'erasure', id: erasureIdIn(answer) };
    return { key, stored: (await erasures.read(key)) ?? assert.fail() };
  };
  const erasure = async (answer: { body: string }): Promise<Erasure> => (await storedErasure(answer)).stored.state;
  const view = async (answer: { body: string }): Promise<ErasureView> => {
    const pathParameters = { erasureId: erasureIdIn(answer) };
    return bodyOf(await queries(httpEvent({ routeKey: 'GET /erasures/{erasureId}', tenant: 'acme', pathParameters })));
  };
  /** Changes a row as another release would: its version, or something in its state. */
  const damage = (id: string, how: (stored: StoredState<unknown>) => StoredState<unknown>): void => {
    const found = [...store.states.values()].find(({ key }) => (key.part?.id ?? key.id) === id) ?? assert.fail(id);
    found.stored = how(structuredClone(found.stored));
  };
  return {
    ...{
      world,
      store,
      erasures,
      clock,
      customers: world.customers,
      log: world.log,
      provider: world.providers.email,
      hidden,
    },
    ...{ post, eraseCustomer, eraseAddress, dueErasures, wakeOnce, wake, finish },
    ...{ notification, orderState, erasure, storedErasure, view, change: world.change, damage, send: world.send },
  };
}

export const erasureIdIn = ({ body }: { body: string }): string =>
  bodyOf<{ erasureId: string }>({ statusCode: 202, headers: {}, body }).erasureId;

export const newer = (stored: StoredState<unknown>): StoredState<unknown> => ({ ...stored, schemaVersion: 99 });
export const readableAgain = (stored: StoredState<unknown>): StoredState<unknown> => ({ ...stored, schemaVersion: 1 });
export const broken = (stored: StoredState<unknown>): StoredState<unknown> => withRecipients(stored, 7);
export const whole = (stored: StoredState<unknown>): StoredState<unknown> => withRecipients(stored, []);

const withRecipients = (stored: StoredState<unknown>, recipients: unknown): StoredState<unknown> => ({
  ...stored,
  state: { ...(stored.state as object), recipients },
});
