import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { bundleFunctions } from '#infra/bundle.ts';
import { startCloud } from '#infra/local/cloud.ts';
import type { StageSettings } from '#infra/settings.ts';
import { type SynthOptions, synthesize } from '#infra/synth.ts';
import { anOrder, customerOf, inboxOf } from './api.ts';
import { controlOf } from './control.ts';
import { type LocalCloud, type Outputs, removeFolder, startLocalCloud, temporaryFolder } from './deployment.ts';
import { changeTemplates } from './early-failures.ts';
import { eventually } from './eventually.ts';
import { synthesizeWith } from './template.ts';

/** A local cloud with everything that a fault test needs, in a folder that goes with it. */
export async function openLocal() {
  const dataDir = temporaryFolder();
  const cloud = await startLocalCloud(dataDir);
  const stop = async (): Promise<void> => {
    await cloud.interrupt();
    removeFolder(dataDir);
  };
  return { ...usersOf(cloud), cloud, stop };
}

/** The users of a running local cloud, and where its data is. */
export type Local = ReturnType<typeof usersOf> & { cloud: { outputs: Outputs; dataDir: string } };

/** The same with changed settings of stage `local`. It runs in this process. */
export function openLocalWith(
  change: (settings: StageSettings) => StageSettings,
  options: { minuteSeconds?: number } = {},
): Promise<LocalHere> {
  const synthesizing = async ({ outdir }: SynthOptions): Promise<void> =>
    void synthesizeWith('local', change, { outdir, bundles: await bundleFunctions() });
  return openHere(synthesizing, options);
}

/** The same with changed templates: what is a constant of the stack, and not a setting of a stage. It runs in this process. */
export function openLocalChanged(change: Parameters<typeof changeTemplates>[1]): Promise<LocalHere> {
  return openHere(async (options) => {
    await synthesize(options);
    changeTemplates(options.outdir, change);
  });
}

type LocalHere = Local & { stop: () => Promise<void> };

async function openHere(
  synthesizing: (options: SynthOptions) => Promise<void>,
  options: { minuteSeconds?: number } = {},
): Promise<LocalHere> {
  const dataDir = temporaryFolder();
  const cloud = await startCloud({
    ...options,
    port: 0,
    dataDir,
    fresh: false,
    environment: process.env,
    signal: new AbortController().signal,
    log: () => undefined,
    onFailure: (error) => {
      throw error;
    },
    synthesize: synthesizing,
  });
  const stop = async (): Promise<void> => {
    await cloud.stop();
    removeFolder(dataDir);
  };
  return { ...usersOf(cloud), cloud: { ...cloud, dataDir }, stop };
}

/** The users of a running local cloud: again after a restart, with its new addresses. */
export function usersOf({ outputs }: Pick<LocalCloud, 'outputs'>) {
  return {
    acme: customerOf(outputs),
    globex: customerOf(outputs, outputs.tokens.globex),
    inbox: inboxOf(outputs),
    control: controlOf(outputs),
    depthOf: depthOf(outputs),
  };
}

export type PlacedOrder = { orderId: string; order: ReturnType<typeof anOrder> };

/** Places `count` orders, `concurrency` at a time. */
export async function placeMany(
  customer: ReturnType<typeof customerOf>,
  count: number,
  { concurrency = 8, more = {} }: { concurrency?: number; more?: Record<string, unknown> } = {},
): Promise<PlacedOrder[]> {
  const orders = Array.from({ length: count }, () => anOrder(more));
  const placed: PlacedOrder[] = [];
  const queue = orders.values();
  const place = async (): Promise<void> => {
    for (const order of queue) {
      const answer = await customer.place(order);
      if (answer.status !== 201) throw new Error(`Not placed: ${answer.status} ${answer.text}`);
      placed.push({ orderId: answer.json.orderId as string, order });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, place));
  return placed;
}

/**
 * Waits until the e-mail of an order is SENT. It says nothing about the text message: no event reports one whose call timed
 * out on a busy machine, so a person has to decide about it.
 */
export const emailSent = (customer: ReturnType<typeof customerOf>, orderId: string, withinMs: number) =>
  eventually(
    `e-mail of ${orderId} SENT`,
    async () => {
      const shown = await customer.notificationsOf(orderId);
      return shown.some(({ channel, status }) => channel === 'email' && status === 'SENT');
    },
    withinMs,
  );

/** How often each order's messages arrived, for those that did not arrive exactly once. */
export async function notExactlyOnce(inbox: ReturnType<typeof inboxOf>, placed: PlacedOrder[]): Promise<string[]> {
  const [emails, texts] = [await inbox.emails(), await inbox.sms()];
  return placed.flatMap(({ orderId, order: { contact } }) => {
    const arrived = [
      emails.filter(({ to }) => to.includes(contact.email)).length,
      texts.filter(({ to }) => to === contact.phone).length,
    ];
    return arrived.every((count) => count === 1) ? [] : [`${orderId}: ${arrived.join(' e-mails, ')} texts`];
  });
}

/** Messages in a queue, waiting and in flight; asked as an operator would. */
function depthOf({ endpoints }: Outputs): (queueUrl: string) => Promise<number> {
  const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };
  const client = new SQSClient({ endpoint: endpoints.sqs, region: 'eu-central-1', credentials });
  return async (QueueUrl) => {
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const { Attributes = {} } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }),
    );
    return names.reduce((sum, name) => sum + Number(Attributes[name]), 0);
  };
}
