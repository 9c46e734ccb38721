import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  DeleteMessageCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { customerOf } from '#test/support/api.ts';
import { envelopeText } from '#test/support/envelope.ts';
import { eventually } from '#test/support/eventually.ts';
import { type Local, openLocalWith, placeMany } from '#test/support/local.ts';

/**
 * The whole path of automatic redrives, on the synthesized alarms and the metrics that the functions print. A minute of
 * alarms and schedules takes 15 seconds.
 */
const MINUTE_SECONDS = 15;
const SUBSCRIBER = 'project-orders';
const MOST_MS = 300_000;

type Group = {
  fingerprint: string;
  reason: string;
  count: number;
  automaticRedrive?: { status: string; rounds: number; because?: string };
};
type Redrive = { redriveId: string; status: string; actor: string; counts: Record<string, number> };

let here: Local & { stop: () => Promise<void> };
let sqs: SQSClient;
before(async () => {
  here = await openLocalWith(
    (settings) => ({
      ...settings,
      automaticRedrives: { enabled: true, coolDownSeconds: 2, calmSeconds: 60 },
    }),
    { minuteSeconds: MINUTE_SECONDS },
  );
  const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };
  const { sqs: queues } = here.cloud.outputs.endpoints;
  sqs = new SQSClient({ endpoint: queues, region: 'eu-central-1', credentials });
});
after(async () => {
  sqs?.destroy();
  await here?.stop();
});

const operator = () => customerOf(here.cloud.outputs, here.cloud.outputs.tokens.operator);
const groups = async (): Promise<Group[]> =>
  ((await operator().call('GET', '/dead-letters/groups')).json as { groups: Group[] }).groups;
const redrives = async (): Promise<Redrive[]> =>
  ((await operator().call('GET', '/redrives')).json as { redrives: Redrive[] }).redrives;
const alarmOf = async (id: string): Promise<string | undefined> =>
  (await here.control.alarms()).alarms.find(({ name }) => name === `counterfoil-local-${id}`)?.value;

async function queueNamed(pattern: RegExp): Promise<string> {
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  return QueueUrls.find((url) => pattern.test(url)) ?? assert.fail(`no queue ${pattern}: ${QueueUrls.join(' ')}`);
}

const isStarted = ({ status }: Redrive): boolean => status !== 'planned';

const undeliverable = () => queueNamed(/projectorderssubscriberundeliverable/);

/** Messages that SNS could not put into the subscriber's queue. Nothing is wrong with them. */
async function undelivered(ids: string[], orderId: string): Promise<void> {
  const QueueUrl = await undeliverable();
  const type = 'counterfoil.order.contact-erased.v1';
  for (const id of ids) {
    const MessageBody = envelopeText({ id, type, subject: `order/${orderId}`, data: { orderId } });
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  }
}

/**
 * A lasting fault: whatever is sent to the subscriber cannot be delivered. The subscriber is paused, and its messages are moved as
 * SNS would.
 */
function failAll() {
  const controller = new AbortController();
  const moved = { count: 0 };
  const move = async (): Promise<void> => {
    const [from, to] = [here.cloud.outputs.queues[SUBSCRIBER]?.url, await undeliverable()];
    while (!controller.signal.aborted) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: from, WaitTimeSeconds: 1, MessageAttributeNames: ['All'] }),
      );
      for (const { Body: MessageBody, ReceiptHandle, MessageAttributes } of Messages) {
        await sqs.send(new SendMessageCommand({ QueueUrl: to, MessageBody, MessageAttributes }));
        await sqs.send(new DeleteMessageCommand({ QueueUrl: from, ReceiptHandle }));
        moved.count += 1;
      }
    }
  };
  const moving = move();
  return {
    moved,
    end: async (): Promise<void> => {
      controller.abort();
      await moving;
    },
  };
}

/** Whether an alarm has sent its mails: its message was published to the topic of the stage's people. */
async function hasMailed(id: string): Promise<boolean> {
  const { performed } = await here.control.alarms();
  return performed.some(
    ({ alarm, state, action, failed }) =>
      alarm === `counterfoil-local-${id}` && state === 'ALARM' && /:sns:.*alarmstopic/.test(action) && !failed,
  );
}

/** Without the function that runs redrives, they are only started. */
const skip =
  !existsSync(join(import.meta.dirname, '..', '..', 'functions', 'run-redrive')) && 'nothing runs redrives yet';

const IDS = Array.from({ length: 12 }, (_, index) => `undelivered-${index}`);

describe('An alarm that is really fired', { timeout: 1_500_000 }, () => {
  it('of the dead letters starts a redrive of a group that fails for a transient reason', async () => {
    const [placed = assert.fail()] = await placeMany(here.acme, 1);
    await undelivered(IDS, placed.orderId);
    await eventually('all dead letters', async () => (await groups())[0]?.count === IDS.length, MOST_MS);
    const [group = assert.fail()] = await groups();
    assert.equal(group.reason, 'UNDELIVERABLE');
    await eventually('the alarm', async () => (await alarmOf('dead-letters')) === 'ALARM', MOST_MS);
    await eventually('a redrive that was started', async () => (await redrives()).some(isStarted), MOST_MS);
    assert.deepEqual(
      (await redrives()).map(({ actor }) => actor),
      ['alarm:counterfoil-local-dead-letters'],
    );
  });

  it('uses every permission of the controller', async () => {
    const unused = (await here.control.unusedGrants()) as { function: string; action: string }[];
    assert.deepEqual(
      unused.filter((one) => one.function === 'redrive-on-alarm'),
      [],
    );
  });

  it('resolves the dead letters with a canary, without a person', { skip }, async () => {
    await eventually('no dead letter left', async () => (await groups()).length === 0, MOST_MS);
    const [redrive = assert.fail(), ...others] = await eventually(
      'the end of the redrive',
      async () => {
        const all = await redrives();
        return all.every(({ status }) => status === 'done') && all;
      },
      MOST_MS,
    );
    assert.deepEqual(others, []);
    assert.equal(redrive.actor, 'alarm:counterfoil-local-dead-letters');
    assert.equal(redrive.counts.resolved, IDS.length);
    await eventually('the end of the alarm', async () => (await alarmOf('dead-letters')) === 'OK', MOST_MS);
  });

  it('stops after three rounds of a lasting fault, reports it, and another alarm mails it', { skip }, async () => {
    const before = (await redrives()).length;
    await here.control.pause(SUBSCRIBER);
    const fault = failAll();
    try {
      const [placed = assert.fail()] = await placeMany(here.acme, 1);
      await undelivered(['lasting-1'], placed.orderId);
      const givenUp = await eventually(
        'the end of the rounds',
        async () => (await groups()).find(({ automaticRedrive }) => automaticRedrive?.status === 'given-up'),
        2 * MOST_MS,
      );
      assert.deepEqual([givenUp.automaticRedrive?.rounds, givenUp.automaticRedrive?.because], [3, 'ROUNDS_USED_UP']);
      // A round that finds nothing open at its moment plans no redrive.
      const rounds = (await redrives()).length - before;
      assert.ok(rounds >= 2 && rounds <= 3, `${rounds} redrives`);
      await eventually('the mail of the alarm about it', () => hasMailed('automatic-redrives-given-up'), MOST_MS);
      // Only the subscriber's own messages are moved, so each redrive was one message.
      assert.ok(fault.moved.count >= rounds);
    } finally {
      await fault.end();
      await here.control.resume(SUBSCRIBER);
    }
  });

  it('of a function that fails mails the people of the stage', async () => {
    const killed = { function: 'serve-query', service: 'dynamodb', operation: '*', fault: 'kill-before' };
    await here.control.inject(killed);
    try {
      await eventually(
        'the alarm about errors, and its mail',
        async () => {
          await here.acme.call('GET', '/orders?limit=1');
          return hasMailed('serve-query-errors');
        },
        2 * MOST_MS,
      );
    } finally {
      await here.control.heal();
    }
  });
});
