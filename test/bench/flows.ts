import { randomUUID } from 'node:crypto';
import { FUNCTION } from '#shared/names.ts';
import { type Answer, anOrder, customerOf } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import type { Local } from '#test/support/local.ts';
import { placedId, quiet, steadily, withoutSchedules } from '#test/support/measured-orders.ts';
import { becomesDue, tableOf } from '#test/support/rows.ts';
import type { Flow, FlowRate } from './flow.ts';
import { redriveFlowsOf } from './redrive-flows.ts';

/**
 * The flows around an order, in the order in which they need each other. The scheduled functions must be paused.
 * @param here a local cloud in which orders get reminders.
 */
export function flowsOf(here: Local, rate: FlowRate): Flow[] {
  const { acme, globex } = here;
  const orderIds: string[] = [];
  const customerIds = Array.from({ length: rate.count }, () => randomUUID());
  const place = async (more: (index: number) => object = () => ({}), who = acme): Promise<Answer[]> => {
    const answers = await steadily((index) => who.place(anOrder({ ...more(index) })), rate);
    orderIds.splice(0, orderIds.length, ...answers.map(placedId));
    return answers;
  };
  const placed = async (): Promise<void> => {
    await place();
    await quiet(here);
  };
  const post = (path: (index: number) => string, body: (index: number) => object = () => ({})): Promise<Answer[]> =>
    steadily(
      async (index) => succeeded(await acme.call('POST', path(index), { key: randomUUID(), body: body(index) })),
      rate,
    );
  const step = (name: string) => () => post((index) => `/orders/${orderIds[index]}/${name}`);
  const byCustomer = (index: number) => ({ contact: undefined, customerId: customerIds[index] });
  const bouncing = () => {
    const { contact } = anOrder();
    return { contact: { ...contact, email: `bounce+${randomUUID().slice(0, 8)}@simulator.amazonses.com` } };
  };
  const register = (): Promise<Answer[]> =>
    post(
      () => '/customers',
      (index) => ({ ...anOrder().contact, customerId: customerIds[index] }),
    );
  return [
    { title: 'an order, with its reminder scheduled', work: () => place() },
    { title: 'a confirmation, which withdraws the reminder', work: step('confirm') },
    { title: 'an approval, with its e-mail', work: step('approve') },
    { ...dueReminders(here, orderIds), prepare: placed },
    { title: 'a registration of a customer', work: register },
    { title: 'a first order of a customer, with the greeting', work: () => place(byCustomer) },
    { title: 'a later order of a customer', work: () => place(byCustomer) },
    { title: 'an order whose e-mail bounces', work: () => place(bouncing) },
    {
      title: 'the same with a fallback by SMS',
      // No function has read settings of this tenant yet.
      prepare: () => put(globex, '/settings', { fallback: { email: { afterMinutes: 5 } } }),
      work: () => place(bouncing, globex),
    },
    {
      title: 'a confirmation, with an invoice request posted',
      prepare: async () => {
        await put(acme, '/settings/webhooks', { endpoints: [billing(here)] });
        await placed();
      },
      work: step('confirm'),
    },
    ...redriveFlowsOf(here, rate, place),
    replay(here),
  ];
}

type Customer = ReturnType<typeof customerOf>;

function succeeded(answer: Answer): Answer {
  if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text}`);
  return answer;
}

async function put(who: Customer, path: string, body: object): Promise<void> {
  succeeded(await who.call('PUT', path, { key: randomUUID(), body }));
}

const billing = ({ inbox }: Local) => ({
  endpointId: 'billing',
  url: inbox.hook('billing'),
  eventTypes: ['counterfoil.order.confirmed.v1'],
});

/** The reads of the index, and what `wake-due` counts and watches, are not caused by a reminder. */
function dueReminders(here: Local, orderIds: readonly string[]): Flow {
  return {
    title: 'a reminder that is sent',
    isPart: (call) => call.function !== FUNCTION.wakeDue || ['GetItem', 'TransactWriteItems'].includes(call.operation),
    times: () => orderIds.length,
    async work() {
      const before = (await here.inbox.emails()).length;
      const table = tableOf(here.cloud.outputs);
      for (const id of orderIds) await becomesDue(table, { pk: `acme#order#${id}`, sk: `REMINDER#${id}` });
      table.client.destroy();
      await here.control.resume(FUNCTION.wakeDue);
      const areSent = async () => (await here.inbox.emails()).length >= before + orderIds.length;
      await eventually('the reminders to be sent', areSent, 120_000);
      await withoutSchedules(here);
      return [];
    },
  };
}

/** Of all orders so far: the scan, the writes and the deletion of the old rows, for each message. */
function replay({ cloud: { outputs }, control }: Local): Flow {
  const operator = customerOf(outputs, outputs.tokens.operator);
  let messages = 0;
  return {
    title: 'a message of a replay',
    isPart: ({ function: name }) => name === FUNCTION.runReplay || name === FUNCTION.handleCommand,
    times: () => messages,
    async work() {
      const start = { key: randomUUID(), body: { projection: 'orders' } };
      const answer = succeeded(await operator.call('POST', '/replays', start));
      await control.resume(FUNCTION.runReplay);
      messages = await eventually(
        'the replay to be done',
        async () => {
          const path = `/replays/${answer.json.replayId}`;
          const { json } = await operator.call<{ status: string; counts: { messages: number } }>('GET', path);
          return json.status === 'done' && json.counts.messages;
        },
        180_000,
      );
      await control.pause(FUNCTION.runReplay);
      return [answer];
    },
  };
}
