import { randomUUID } from 'node:crypto';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { FUNCTION, NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { type Answer, customerOf } from '#test/support/api.ts';
import { envelopeText } from '#test/support/envelope.ts';
import { eventually } from '#test/support/eventually.ts';
import type { Local } from '#test/support/local.ts';
import { placedId, quiet, steadily, withoutSchedules } from '#test/support/measured-orders.ts';
import type { Flow, FlowRate } from './flow.ts';

type Letter = { deadLetterId: string; reason: string };

/** They cause what a member of a redrive costs. */
const REDRIVING = [FUNCTION.runRedrive, FUNCTION.sendEmail];

/**
 * What operators do, in the order in which they do it. The dead letters are about e-mails that were sent, so their sender
 * recognises them. The scheduled functions must be paused. @param place places orders with an e-mail.
 */
export function redriveFlowsOf(here: Local, rate: FlowRate, place: () => Promise<Answer[]>): Flow[] {
  const operator = customerOf(here.cloud.outputs, here.cloud.outputs.tokens.operator);
  let planned: { redriveId: string; members: number } = { redriveId: '', members: 0 };
  const post = async (path: string, body: object = {}): Promise<Answer> => {
    const answer = await operator.call('POST', path, { key: randomUUID(), body: { ...body } });
    if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text}`);
    return answer;
  };
  const letters = async (): Promise<Letter[]> =>
    (await operator.call<{ deadLetters: Letter[] }>('GET', '/dead-letters?status=open')).json.deadLetters;
  const times = () => planned.members;
  const isOf =
    (...names: string[]) =>
    ({ function: name }: { function: string }): boolean =>
      names.includes(name);
  const fail = (orderIds: readonly string[]) => crashed(here, orderIds);
  const orderIds: string[] = [];
  const allOpen = () => eventually('the dead letters', async () => (await letters()).length >= orderIds.length, 60_000);
  const plan = async (settings: object = {}): Promise<Answer[]> => {
    const selection = { subscriber: FUNCTION.sendEmail };
    const answer = await post('/redrives', { selection, canary: [], ...settings });
    const { redriveId, plan: made } = answer.json as { redriveId: string; plan: { members: number } };
    planned = { redriveId, members: made.members };
    return [answer];
  };
  const start = async () => [await post(`/redrives/${planned.redriveId}/start`)];
  const redrive = async (): Promise<Answer[]> => {
    await here.control.resume(FUNCTION.runRedrive);
    const isDone = async () =>
      (await operator.call<{ status: string }>('GET', `/redrives/${planned.redriveId}`)).json.status === 'done';
    await eventually('the redrive to be done', isDone, 120_000);
    await here.control.pause(FUNCTION.runRedrive);
    return [];
  };
  return [
    {
      title: 'a dead letter of a message on which its function crashed',
      isPart: isOf(FUNCTION.collectDeadLetters),
      times: () => orderIds.length,
      prepare: async () => {
        orderIds.splice(0, orderIds.length, ...(await place()).map(placedId));
        await quiet(here);
      },
      work: async () => {
        await fail(orderIds);
        await allOpen();
        return [];
      },
    },
    {
      title: 'a dead letter that is discarded',
      isPart: isOf(FUNCTION.handleCommand),
      times: () => Math.floor(orderIds.length / 2),
      work: async () => {
        const half = (await letters()).slice(0, Math.floor(orderIds.length / 2));
        const discard = (index: number) =>
          post(`/dead-letters/${half[index]?.deadLetterId}/discard`, { reason: 'A test.' });
        return steadily(discard, { ...rate, count: half.length });
      },
    },
    {
      title: 'a plan of a redrive, for each of its members',
      isPart: isOf(FUNCTION.planRedrive),
      times,
      work: () => plan(),
    },
    {
      title: 'a start of a redrive',
      isPart: isOf(FUNCTION.handleCommand),
      times: () => 1,
      work: () => start(),
    },
    { title: 'a member that is redriven, and was handled before', isPart: isOf(...REDRIVING), times, work: redrive },
    {
      title: 'the same at one a second',
      isPart: isOf(...REDRIVING),
      times,
      prepare: async () => {
        await fail(orderIds);
        await allOpen();
        await plan({ ratePerSecond: 1 });
        await start();
        await quiet(here);
      },
      work: redrive,
    },
    {
      title: 'a pause of a subscriber',
      isPart: isOf(FUNCTION.handleCommand),
      times: () => 1,
      prepare: () => seenByWatchLanes(here, operator),
      work: async () => [await post(`/subscribers/${FUNCTION.projectStatistics}/pause`, { reason: 'A test.' })],
    },
  ];
}

/** A subscriber can be paused as soon as `watch-lanes` has measured it. */
async function seenByWatchLanes(here: Local, operator: ReturnType<typeof customerOf>): Promise<void> {
  await here.control.resume(FUNCTION.watchLanes);
  const isListed = async (): Promise<boolean> =>
    (await operator.call('GET', '/subscribers')).text.includes(FUNCTION.projectStatistics);
  await eventually('the subscribers to be listed', isListed, 60_000);
  await withoutSchedules(here);
}

/** The requests of these orders' e-mails, in the dead-letter queue of their sender. */
async function crashed({ cloud: { outputs } }: Local, orderIds: readonly string[]): Promise<void> {
  const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };
  const sqs = new SQSClient({ endpoint: outputs.endpoints.sqs, region: 'eu-central-1', credentials });
  const QueueUrl = outputs.queues[FUNCTION.sendEmail]?.dlqUrl;
  for (const orderId of orderIds) {
    const data = { notificationId: `order_${orderId}_1-1`, channel: 'email' };
    const over = { id: randomUUID(), type: NOTIFICATION_REQUESTED, subject: `order/${orderId}`, data };
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: envelopeText(over) }));
  }
  sqs.destroy();
}
