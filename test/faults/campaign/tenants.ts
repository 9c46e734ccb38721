import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ORDER_CONFIRMED } from '#shared/names.ts';
import { inboxOf } from '#test/support/api.ts';
import type { Outputs } from '#test/support/deployment.ts';
import { randomOf } from '#test/support/harness/random.ts';
import type { Plan, PlannedLook } from './plan.ts';
import { settingsReplacing } from './requests.ts';
import { requesterOf, type Sending } from './sending.ts';

/** What tenants set: the endpoint of their invoices, what their messages look like, and which of them are off. */

/** The endpoint of each tenant that receives invoices. */
export const BILLING = 'billing';

/** Sets each tenant's endpoint, as a tenant does whose receiver has moved: a start of the cloud gives it another port. */
export async function setEndpoints(outputs: Outputs): Promise<void> {
  const random = randomOf(0, 'endpoints');
  const send = requesterOf(() => outputs, new Map());
  for (const tenant of ['acme', 'globex']) {
    const url = inboxOf(outputs).hook(`${tenant}-${BILLING}`);
    const body = { endpoints: [{ endpointId: BILLING, url, eventTypes: [ORDER_CONFIRMED] }] };
    const { status, text } = await send(
      tenant,
      { method: 'PUT', path: '/settings/webhooks', key: randomUUID(), body },
      random,
    );
    if (status !== 200) throw new Error(`The endpoint of ${tenant} was answered ${status}: ${text}`);
  }
}

/** The brand that every message of ours shows with this look. */
export const brandOf = (tenant: string, look: number): string => `Look ${look} of ${tenant}`;

/**
 * The events whose messages are off. Every other message is on in each look. The messages of processes are off for one
 * tenant only: they are decided some time after their event, so near such a change the judge cannot know which are missing.
 */
function eventsOf(tenant: string, look: number): Record<string, string[]> {
  if (look === 3 && tenant === 'acme') return { OrderApproved: [], CustomerReminded: [] };
  return look % 3 === 2 ? { OrderPlaced: ['email'] } : {};
}

/** What is done beside the orders, and when. */
export type Beside = {
  plan: Plan;
  run: string;
  seed: number /** Number of orders that have an answer. */;
  placed(): number;
};

/** Before any message: so no function has read that a tenant has set nothing. */
export async function setFirstLooks(beside: Beside, sending: Sending): Promise<void> {
  const first = beside.plan.looks.filter(({ afterOrder }) => afterOrder === 0);
  await Promise.all(first.map((planned) => changeLook(planned, beside, sending)));
}

/** Changes the settings of each tenant while orders are placed. */
export async function changeLooks(beside: Beside, sending: Sending): Promise<void> {
  const later = beside.plan.looks.filter(({ afterOrder }) => afterOrder > 0);
  const byTenant = Map.groupBy(later, ({ tenant }) => tenant);
  await Promise.all(
    [...byTenant.values()].map(async (own) => {
      for (const planned of own) {
        while (beside.placed() < planned.afterOrder) await sleep(LOOK_EVERY_MS);
        await changeLook(planned, beside, sending);
      }
    }),
  );
}

const LOOK_EVERY_MS = 100;

/** Replaces the settings of a tenant. It is answered before this ends. */
async function changeLook(
  planned: PlannedLook,
  { plan, run, seed }: Beside,
  { recorded, sendUntilAnswered }: Sending,
): Promise<void> {
  const { tenant, look, twice } = planned;
  const random = randomOf(seed, `look ${look} of ${tenant}`);
  const request = recorded(settingsReplacing(planned, settingsOf(tenant, look, plan.fallbackAfterMinutes), run));
  await Promise.all((twice ? [request, request] : [request]).map((one) => sendUntilAnswered(one, random)));
}

function settingsOf(tenant: string, look: number, afterMinutes: number): Record<string, unknown> {
  const text = '{{brandName}}: order {{orderId}}';
  return {
    events: eventsOf(tenant, look),
    brand: { name: brandOf(tenant, look) },
    templates: [{ template: 'order-confirmation', channel: 'sms', locale: 'en', text }],
    fallback: { email: { afterMinutes }, sms: { afterMinutes } },
  };
}
