import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { anOrder, customerOf } from '#test/support/api.ts';
import { controlOf } from '#test/support/control.ts';
import type { Outputs } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';

/** An example of a request body, in the API's own description. */
type Example = { method: string; path: string; body: unknown };

type Operation = { requestBody?: { content: Record<string, { example?: unknown }> } };
type Description = { paths: Record<string, Record<string, Operation>> };

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** Sends every example of the description to the running API. @throws for an example that is not accepted. */
export async function sendExamples(outputs: Outputs): Promise<void> {
  const customer = customerOf(outputs);
  const operator = customerOf(outputs, outputs.tokens.operator);
  const { json } = await customer.call<Description>('GET', '/openapi.json');
  const examples = examplesOf(json);
  assert.ok(examples.length > 0);
  const subjects = await subjectsOf(outputs);
  for (const { method, path, body } of examples) {
    const ids = await subjectsOfPath(path, body, { outputs, customer, subjects });
    const filled = path.replace(/\{(\w+)\}/g, (_, name) => ids[name] ?? assert.fail(`${path}: which ${name}?`));
    const caller = /^\/(replays|dead-letters|redrives|subscribers)/.test(path) ? operator : customer;
    const sent = reachable(body, outputs);
    const { status, text, json: answer } = await caller.call(method, filled, { key: randomUUID(), body: sent });
    assert.ok(status >= 200 && status < 300, `${method} ${path}: ${status} ${text}`);
    // The next examples are about the replay or the redrive that an example has begun.
    if (typeof answer.replayId === 'string') subjects.replayId = answer.replayId;
    if (typeof answer.redriveId === 'string') subjects.redriveId = answer.redriveId;
  }
}

type Sending = {
  outputs: Outputs;
  customer: ReturnType<typeof customerOf>;
  subjects: Record<string, string>;
};

/** What the path of an example refers to. Some examples need a subject of their own. */
async function subjectsOfPath(
  path: string,
  body: unknown,
  { outputs, customer, subjects }: Sending,
): Promise<Record<string, string>> {
  // The other examples approve their order, and then it can no longer be cancelled.
  if (path === '/orders/{orderId}/cancel') return { orderId: await orderOf(customer) };
  // The example is the edited message. The message that failed had no data.
  if (path === '/dead-letters/{deadLetterId}/edit') {
    const { message }: { message?: object } = Object(body);
    return letterOf(outputs, 'run-process', JSON.stringify({ ...message, data: {} }));
  }
  return subjects;
}

/** The host of an example does not exist, and endpoints that cannot be reached are refused. */
const reachable = (body: unknown, { inboxUrl }: Outputs): string =>
  JSON.stringify(body).replaceAll('https://billing.example.com', String(inboxUrl));

const orderOf = async (customer: ReturnType<typeof customerOf>): Promise<string> =>
  String((await customer.place(anOrder())).json.orderId);

/** @throws for a JSON body without an example. */
function examplesOf({ paths }: Description): Example[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([method]) => METHODS.includes(method))
      .flatMap(([method, { requestBody }]) =>
        Object.values(requestBody?.content ?? {}).map(({ example }) => {
          assert.ok(example !== undefined, `${method} ${path} has no example`);
          return { method: method.toUpperCase(), path, body: example };
        }),
      ),
  );
}

/**
 * What the paths of the examples refer to: an order, a message that failed, so that a person may resend it, and a dead
 * letter.
 */
async function subjectsOf(outputs: Outputs): Promise<Record<string, string>> {
  const customer = customerOf(outputs);
  const control = controlOf(outputs);
  await control.sink({ refusedRecipients: ['@refused.example'] });
  const contact = { name: 'Ada Lovelace', email: 'ada@refused.example' };
  const placed = await customer.place(anOrder({ contact }));
  const orderId = String(placed.json.orderId);
  const [failed] = await customer.settled(orderId, 'FAILED');
  const subscriber = 'project-statistics';
  const ids = { orderId, notificationId: failed?.notificationId ?? '', endpointId: 'billing', subscriber };
  return { ...ids, ...(await letterOf(outputs)) };
}

/** A message that cannot be handled becomes a dead letter. */
async function letterOf(
  { endpoints, queues, ...outputs }: Outputs,
  subscriber = 'project-orders',
  MessageBody = 'an example',
): Promise<Record<string, string>> {
  const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };
  const sqs = new SQSClient({ endpoint: endpoints.sqs, region: 'eu-central-1', credentials });
  await sqs.send(new SendMessageCommand({ QueueUrl: queues[subscriber]?.url, MessageBody }));
  sqs.destroy();
  const operator = customerOf({ endpoints, queues, ...outputs }, outputs.tokens.operator);
  return eventually('a dead letter', async () => {
    const { json } = await operator.call<{ deadLetters: { deadLetterId: string; fingerprint: string }[] }>(
      'GET',
      `/dead-letters?subscriber=${subscriber}`,
    );
    const [letter] = json.deadLetters;
    return letter && { deadLetterId: letter.deadLetterId, fingerprint: letter.fingerprint };
  });
}
