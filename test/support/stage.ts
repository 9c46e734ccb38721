import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { anOrder, customerOf, inboxOf, type ShownNotification } from './api.ts';
import { openDeployment } from './deployment.ts';
import { eventually } from './eventually.ts';

type Order = ReturnType<typeof anOrder>;

/** How long a mail may take: with the rate of a sandbox, and a slow lane that comes by once a minute. */
const DEPLOYED_PATIENCE_MS = 180_000;
const LOCAL_PATIENCE_MS = 120_000;

export type StageUnderTest = Awaited<ReturnType<typeof openStage>>;

/**
 * The stage that the black-box tests are about, as any customer sees it: a local cloud, or what `OUTPUTS`
 * names. Where the outside world is real, mail goes to SES's mailbox simulator, no text message is sent, and
 * the evidence is what the API says; where it is ours, the inbox is looked into as well.
 */
export async function openStage() {
  const { outputs, stop } = await openDeployment();
  // Only a local cloud has them; the type says what a local cloud says.
  const { inboxUrl, controlUrl }: { inboxUrl?: string; controlUrl?: string } = outputs;
  const isReal = inboxUrl === undefined;
  const inbox = isReal ? undefined : inboxOf(outputs);
  const as = (token: string) => customerOf(outputs, token);
  const acme = as(outputs.tokens.acme);
  const patienceMs = isReal ? DEPLOYED_PATIENCE_MS : LOCAL_PATIENCE_MS;
  const settled = (orderId: string): Promise<ShownNotification[]> => acme.settled(orderId, 'SENT', patienceMs);
  /** Waits until the greeting of a customer with a phone number has left. */
  const greeted = (customerId: string): Promise<ShownNotification> =>
    eventually(
      `the greeting of ${customerId}`,
      async () => {
        const { json } = await acme.call<ShownNotification>('GET', `/notifications/${greetingIdOf(customerId)}`);
        return json.status === 'SENT' && json;
      },
      patienceMs,
    );
  return {
    outputs,
    stop,
    acme,
    globex: as(outputs.tokens.globex),
    operator: as(outputs.tokens.operator),
    /** Undefined where the outside world is real. */
    inbox,
    isReal,
    /** Channels for the notifications of `anOrder`. */
    channels: isReal ? ['email'] : ['email', 'sms'],
    anOrder: isReal ? anOrderForTheSimulator : anOrder,
    settled,
    greeted,
    /**
     * Waits until the messages of these orders have left, and asserts that each left once.
     * @param placed with a `customerId`: it is the first order of a registered customer, who is also greeted.
     */
    sentOnce: async (...placed: [orderId: string, order: Order, customerId?: string][]): Promise<void> => {
      const notifications = await inTurn(placed, async ([orderId, , customerId]) => [
        ...(await settled(orderId)),
        ...(customerId === undefined || isReal ? [] : [await greeted(customerId)]),
      ]);
      for (const each of notifications) assert.ok(each.every(leftOnce), JSON.stringify(each));
      if (!inbox) return;
      const [emails, texts] = [await inbox.emails(), await inbox.sms()];
      for (const [index, [, { contact }]] of placed.entries()) {
        const arrived = [
          ...emails.filter(({ to }) => to.includes(contact.email)),
          ...texts.filter(({ to }) => to === contact.phone),
        ];
        const providerIds = (notifications[index] ?? []).map(({ providerMessageId }) => providerMessageId);
        assert.deepEqual(arrived.map(({ id }) => id).sort(), providerIds.sort(), contact.email);
      }
    },
    /** The control API's address; skips the test where there is none. */
    controlUrlOrSkip: (t: TestContext): string | undefined => {
      if (controlUrl === undefined) t.skip('Only a local cloud makes tokens to order (controlUrl).');
      return controlUrl;
    },
    /** Skips a test that sends text messages if they would cost money and reach a person. */
    skipsTexts: (t: TestContext): boolean => {
      if (isReal)
        t.skip('Tests send no text messages on a deployed stage, because they cost money and reach a person.');
      return isReal;
    },
  };
}

/** The process manager requests it in the second change of its row. */
export const greetingIdOf = (customerId: string): string => `greeting_${customerId}_2-1`;

async function inTurn<Item, Value>(items: Item[], ask: (item: Item) => Promise<Value>): Promise<Value[]> {
  const values: Value[] = [];
  for (const item of items) values.push(await ask(item));
  return values;
}

/** One attempt, which the provider accepted, as shown by the API. */
function leftOnce({ status, providerMessageId, doubled, attempts }: ShownNotification): boolean {
  const accepted = attempts.filter(({ outcome }) => outcome === 'accepted');
  return status === 'SENT' && providerMessageId !== undefined && !doubled && accepted.length === 1;
}

let orders = 0;

/** An order whose mail SES's simulator takes: from every account, at no cost to its reputation. */
function anOrderForTheSimulator(more: Record<string, unknown> = {}): Order {
  orders += 1;
  const { contact, ...order } = anOrder();
  const email = `success+order-${process.pid}-${orders}@simulator.amazonses.com`;
  return { ...order, contact: { name: contact.name, email } as Order['contact'], ...more };
}
