import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { bundleFunctions } from '#infra/bundle.ts';
import { type Cloud, startCloud } from '#infra/local/cloud.ts';
import type { StageSettings } from '#infra/settings.ts';
import { anOrder, customerOf, inboxOf } from '#test/support/api.ts';
import { controlOf } from '#test/support/control.ts';
import { removeFolder, temporaryFolder } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';
import { clientSettings } from '#test/support/local-gateway.ts';
import { synthesizeWith } from '#test/support/template.ts';

const POOL = 'arn:aws:sms-voice:eu-central-1:000000000000:pool/pool-1a';
const throughPool = (settings: StageSettings): StageSettings => ({
  ...settings,
  sms: { gateway: 'end-user-messaging', ratePerSecond: 100, originationIdentity: POOL },
});

type Text = { to: string; body: string; id: string; from?: string; context?: Record<string, string> };

/** The stack like `npm start`, but with the other SMS gateway: the same bundles, with the policies of this template. */
describe('A stage that sends text messages by End User Messaging', () => {
  const dataDir = temporaryFolder();
  const called = new AbortController();
  let cloud: Cloud;
  let acme: ReturnType<typeof customerOf>;
  let control: ReturnType<typeof controlOf>;
  before(async () => {
    cloud = await startCloud({
      port: 0,
      dataDir,
      fresh: false,
      environment: process.env,
      signal: called.signal,
      log: () => undefined,
      onFailure: (error) => assert.fail(error),
      synthesize: async ({ outdir }) => {
        synthesizeWith('local', throughPool, { outdir, bundles: await bundleFunctions() });
      },
    });
    acme = customerOf(cloud.outputs);
    control = controlOf(cloud.outputs);
  });
  after(async () => {
    called.abort();
    await cloud?.stop();
    removeFolder(dataDir);
  });

  const textsTo = async (phone: string) =>
    ((await inboxOf(cloud.outputs).sms()) as Text[]).filter(({ to }) => to === phone);

  /** Places an order whose only notification is a text message. */
  const placed = async () => {
    const { contact, ...order } = anOrder();
    const { name, phone } = contact;
    const { status, text, json } = await acme.place({ ...order, contact: { name, phone } });
    assert.equal(status, 201, text);
    return { orderId: json.orderId as string, phone };
  };
  const textIs = (orderId: string, status: string) =>
    eventually(`text message of ${orderId} ${status}`, async () => {
      const [text] = await acme.notificationsOf(orderId);
      return text?.status === status && (text as typeof text & { attempts: unknown[] });
    });
  const inject = (...faults: string[]) =>
    control.inject(
      ...faults.map((fault) => ({
        service: 'pinpoint-sms-voice-v2',
        operation: 'SendTextMessage',
        fault,
        times: 1,
      })),
    );

  it('sends an order’s message once, from the pool, with ids that identify it', async () => {
    await control.resetCalls();
    const { orderId, phone } = await placed();
    const { notificationId, providerMessageId } = await textIs(orderId, 'SENT');
    const [text = assert.fail(), ...more] = await textsTo(phone);
    assert.deepEqual(more, []);
    assert.match(text.body, new RegExp(orderId));
    assert.equal(text.from, POOL);
    assert.equal(text.id, providerMessageId);
    const { attempt, ...context } = text.context ?? {};
    assert.deepEqual(context, { tenant: 'acme', notification: notificationId });
    assert.equal(attempt, await nonceOf(notificationId));
    const calls = await control.calls();
    assert.deepEqual(
      calls
        .filter(({ function: name, service }) => name === 'send-sms' && service !== 'dynamodb' && service !== 'sqs')
        .map(({ service, operation, count }) => `${service} ${operation} ${count}`),
      ['pinpoint-sms-voice-v2 SendTextMessage 1'],
    );
    assert.doesNotMatch(JSON.stringify(await control.unusedGrants()), /sms-voice/);
  });

  it('counts no attempt if the service throttles or refuses the connection, and sends later', async () => {
    await inject('throttle', 'refuse');
    const { orderId, phone } = await placed();
    assert.equal((await textIs(orderId, 'SENT')).attempts.length, 1);
    assert.equal((await textsTo(phone)).length, 1);
    assert.deepEqual(
      (await control.faults()).map(({ hits }) => hits),
      [1, 1],
    );
  });

  it('holds a message whose answer is lost until an event arrives, and does not send it again', async () => {
    const withhold = { withhold: true };
    await control.sink({ events: { TEXT_PENDING: withhold, TEXT_SUCCESSFUL: withhold, TEXT_DELIVERED: withhold } });
    await inject('lose-response');
    const { orderId, phone } = await placed();
    assert.equal((await textIs(orderId, 'HELD')).reason, 'POLICY');
    assert.equal((await textsTo(phone)).length, 1);
    await control.sink({});
    await textIs(orderId, 'SENT');
    assert.equal((await textsTo(phone)).length, 1);
  });

  it('marks a message as sent by its event if the answer is lost', async () => {
    await inject('lose-response');
    const { orderId, phone } = await placed();
    await textIs(orderId, 'SENT');
    assert.equal((await textsTo(phone)).length, 1);
  });

  it('records delivery or failure by number, and suppresses a number that does not exist', async () => {
    const arrived = await placed();
    const [{ notificationId = '' } = {}] = await acme.notificationsOf(arrived.orderId);
    assert.deepEqual(await outcomesOf(notificationId), ['DELIVERED']);
    for (const [failure, outcome] of [
      ['TEXT_INVALID', 'BOUNCED INVALID'],
      ['TEXT_CARRIER_BLOCKED', 'UNDELIVERED CARRIER_BLOCKED'],
    ] as const) {
      await control.sink({ failingNumbers: { [arrived.phone.slice(-1)]: failure } });
      const { contact, ...order } = anOrder();
      const { json } = await acme.place({ ...order, contact: { name: contact.name, phone: arrived.phone } });
      const [{ notificationId: failed = '' } = {}] = await acme.notificationsOf(json.orderId as string);
      if (failure === 'TEXT_INVALID') assert.deepEqual(await outcomesOf(failed), [outcome]);
      else await textIs(json.orderId as string, 'SUPPRESSED');
    }
    await control.sink({});
  });

  /** Kinds and codes in the notification's outcomes row, once it exists. */
  const outcomesOf = (notificationId: string): Promise<string[]> =>
    eventually(`outcomes of ${notificationId}`, async () => {
      const { endpoints, tableName } = cloud.outputs;
      const { Items: [row] = [] } = await new DynamoDBClient(clientSettings(endpoints.dynamodb)).send(
        new ScanCommand({
          TableName: tableName,
          FilterExpression: 'sk = :sk',
          ExpressionAttributeValues: { ':sk': { S: `NOTIFICATION#${notificationId}#OUTCOMES` } },
        }),
      );
      const events = Object.entries(row ?? {}).filter(([name]) => name.startsWith('0_'));
      return (
        events.length > 0 &&
        events.map(([name, { S = '' }]) => [name.slice(2), ...S.split(' ').slice(1)].join(' ')).sort()
      );
    });

  /** The nonce of the only attempt. The API does not return it. */
  async function nonceOf(notificationId: string): Promise<unknown> {
    const { endpoints, tableName } = cloud.outputs;
    const { Items = [] } = await new DynamoDBClient(clientSettings(endpoints.dynamodb)).send(
      new ScanCommand({
        TableName: tableName,
        FilterExpression: 'sk = :sk',
        ExpressionAttributeValues: { ':sk': { S: `NOTIFICATION#${notificationId}` } },
      }),
    );
    assert.equal(Items.length, 1);
    return /"nonce":(?:\{"S":)?"([^"]+)"/.exec(JSON.stringify(Items[0]))?.[1];
  }
});
