import assert from 'node:assert/strict';
import type { Outputs } from '#infra/local/outputs.ts';
import { allDescriptions } from '#test/support/descriptions.ts';
import { eventually } from '#test/support/eventually.ts';
import { listenTo } from '#test/support/topic.ts';
import { eventCheck } from './events.ts';
import { exchangeCheck, type HttpExchange } from './exchanges.ts';

export type Comparing = {
  /** The test publishes messages itself, which are not as described. */
  publishesItself?: boolean;
};

type Check = (exchange: HttpExchange) => string[] | undefined;

/** The descriptions of the stages whose exchanges are compared, by the address of their API. */
const stages = new Map<string, readonly Check[]>();

/**
 * From now on, every exchange with this stage is compared with the descriptions that the stage serves. Where the topic
 * is within reach, so is every message.
 * @returns what ends it, and fails if a message is not as described.
 */
export async function compareWithDescriptions(
  outputs: Outputs,
  { publishesItself = false }: Comparing,
): Promise<() => Promise<void>> {
  const served = await servedBy(outputs);
  stages.set(
    new URL(outputs.apiUrl).origin,
    served.map(({ openApi }) => exchangeCheck(openApi)),
  );
  // A deployed stage has no endpoints of its own.
  if (publishesItself || outputs.inboxUrl === undefined) return async () => undefined;
  return compareMessages(
    outputs,
    served.map(({ asyncApi }) => asyncApi),
  );
}

/** @throws AssertionError if the exchange is with a stage that is compared, and not as described. */
export function assertDocumented(exchange: HttpExchange): void {
  const checks = stages.get(exchange.url.origin);
  if (!checks) return;
  const { method, url, answer } = exchange;
  const found = checks.map((check) => check(exchange)).find((faults) => faults !== undefined);
  const faults = found ?? (isUnknownRoute(answer) ? [] : ['the OpenAPI documents do not describe the route']);
  assert.deepEqual(faults, [], `${method} ${url.pathname} is not as described: ${faults.join('; ')}`);
}

/** API Gateway's answer. */
const isUnknownRoute = ({ status, text }: HttpExchange['answer']): boolean =>
  status === 404 && text === '{"message":"Not Found"}';

async function servedBy({ apiUrl }: Outputs): Promise<{ openApi: string; asyncApi: string }[]> {
  const served = (await allDescriptions()).map(async ({ openApiText }) => {
    const path = Object.keys((JSON.parse(openApiText) as { paths: object }).paths).find((one) => /openapi/.test(one));
    assert.ok(path, 'A description does not describe itself.');
    return { openApi: await read(apiUrl, path), asyncApi: await read(apiUrl, path.replace('openapi', 'asyncapi')) };
  });
  return Promise.all(served);
}

/** The routes have a low limit, which another process may have used up. */
const read = (apiUrl: string, path: string): Promise<string> =>
  eventually(`the description ${path}`, async () => {
    const response = await fetch(new URL(path, apiUrl));
    return response.ok && response.text();
  });

async function compareMessages(outputs: Outputs, asyncApiTexts: readonly string[]): Promise<() => Promise<void>> {
  const checks = asyncApiTexts.map(eventCheck);
  const faults = new Set<string>();
  const note = (body: string): void => {
    const envelope = JSON.parse(body) as { type: string };
    const found = checks.map((check) => check(envelope));
    const best = found.find((one) => one.length === 0) ?? found.flat();
    for (const fault of best) faults.add(`${envelope.type}: ${fault}`);
  };
  const stop = await listenTo(outputs, 'documented-messages', note);
  return async () => {
    await stop();
    for (const { body } of await inboxWebhooks(outputs)) note(body);
    assert.deepEqual([...faults], [], 'Published messages are not as the AsyncAPI documents describe them.');
  };
}

/** The webhooks that the outside world has received. */
const inboxWebhooks = async ({ inboxUrl }: Outputs): Promise<{ body: string }[]> =>
  (await (await fetch(`${inboxUrl}/webhooks`)).json()) as { body: string }[];
