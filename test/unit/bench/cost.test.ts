import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SERVICE_NAMES } from '#infra/local/gateway/services.ts';
import { FUNCTION } from '#shared/names.ts';
import { InvalidListPrices, type ListPrices, listPricesOf, readListPrices } from '#test/bench/cost/list-prices.ts';
import { type CountedOrders, type Deployed, usageOfOrders } from '#test/bench/cost/order-usage.ts';
import { billedRequests, costsOf, dollarsOf, GB_BYTES, gbSeconds, type Usage } from '#test/bench/cost/usage.ts';
import type { CallCount, InvocationCount } from '#test/support/control.ts';

const priceOf = (usd: number, per: number) => ({
  service: 'Service',
  unit: 'things',
  usd,
  per,
  source: 'Pricing',
  verified: true,
  checked: 'here',
});
const list = (prices: ListPrices['prices']): ListPrices => ({
  date: '2026-01-01',
  region: 'us-east-1',
  currency: 'USD',
  note: '',
  prices,
});

describe('Dollars', () => {
  const prices = list({ 'sns.publishes': priceOf(0.5, 1_000_000), 'ses.messages': priceOf(0.1, 1000) });

  it('are units times price, added up by price in the order of the list', () => {
    const costs = costsOf(
      [
        { price: 'ses.messages', quantity: 20 },
        { price: 'sns.publishes', quantity: 3_000_000 },
        { price: 'sns.publishes', quantity: 1_000_000 },
      ],
      prices,
    );
    assert.deepEqual(costs, [
      { price: 'sns.publishes', quantity: 4_000_000, usd: 2 },
      { price: 'ses.messages', quantity: 20, usd: 0.002 },
    ]);
    assert.equal(dollarsOf(costs), 2.002);
  });

  it('are refused for what has no price, all of it by name', () => {
    const usage = ['s3.objects', 'sns.publishes', 'fax.pages', 's3.objects'].map((price) => ({ price, quantity: 0 }));
    assert.throws(() => costsOf(usage, prices), { code: 'UNPRICED', names: ['s3.objects', 'fax.pages'] });
  });
});

describe('Billed units', () => {
  it('are one request for each 64 KB begun', () => {
    const kb = 1024;
    assert.deepEqual(
      [0, 1, 64 * kb, 64 * kb + 1, 256 * kb].map((bytes) => billedRequests(1, bytes)),
      [1, 1, 1, 2, 4],
    );
    // Ten calls of 70 KB each begin two chunks each.
    assert.equal(billedRequests(10, 10 * 70 * kb), 20);
    assert.equal(billedRequests(0, 0), 0);
  });

  it('are GB-seconds by memory and time', () => {
    assert.equal(gbSeconds(2000, 512), 1);
    assert.equal(gbSeconds(100, 1024), 0.1);
  });
});

const called = (name: string, service: string, operation: string, more: Partial<CallCount> = {}): CallCount => ({
  function: name,
  service,
  operation,
  count: 1,
  requestBytes: 100,
  readUnits: 0,
  writeUnits: 0,
  ...more,
});
const invoked = (name: string, more: Partial<InvocationCount> = {}): InvocationCount => ({
  function: name,
  running: 0,
  count: 1,
  failed: 0,
  records: 0,
  durationMs: 100,
  ...more,
});
const counted = (more: Partial<CountedOrders> = {}): CountedOrders => ({
  orders: 10,
  calls: [],
  invocations: [],
  logged: {},
  responseBytes: 0,
  smsParts: 0,
  ...more,
});
const deployed: Deployed = {
  functions: Object.fromEntries(Object.values(FUNCTION).map((name) => [name, { memoryMb: 512, environment: {} }])),
  accessLogLineBytes: 74,
};
const total = (usage: Usage[], price: string): number =>
  usage.filter((one) => one.price === price).reduce((sum, { quantity }) => sum + quantity, 0);

describe('The usage of orders', () => {
  it('is a request for each order, and what functions took', () => {
    const usage = usageOfOrders(
      counted({
        responseBytes: GB_BYTES,
        invocations: [invoked('handle-command', { count: 10, durationMs: 4000 }), invoked('relay-outbox')],
      }),
      deployed,
    );
    assert.equal(total(usage, 'http-api.requests'), 10);
    assert.equal(total(usage, 'transfer.out-gb'), 1);
    assert.equal(total(usage, 'lambda.requests'), 11);
    assert.equal(total(usage, 'lambda.gb-seconds-arm64'), 2.05);
  });

  it('is capacity units as the engine told them, and nothing for the stream', () => {
    const usage = usageOfOrders(
      counted({
        calls: [
          called('handle-command', 'dynamodb', 'TransactWriteItems', { writeUnits: 21 }),
          called('send-email', 'dynamodb', 'Query', { readUnits: 1.5 }),
          called('relay-outbox', 'dynamodbstreams', 'GetRecords', { count: 400 }),
        ],
      }),
      deployed,
    );
    assert.deepEqual([total(usage, 'dynamodb.write-units'), total(usage, 'dynamodb.read-units')], [21, 1.5]);
    assert.ok(usage.every(({ price }) => !price.startsWith('dynamodb-streams')));
  });

  it('is publishes by 64 KB, the provider’s events among them, and deliveries to queues', () => {
    const usage = usageOfOrders(
      counted({
        calls: [
          called('relay-outbox', 'sns', 'PublishBatch', { count: 2, requestBytes: 2 * 65 * 1024 }),
          called('send-sms', 'sns', 'Publish', { count: 10 }),
          called('send-sms', 'sqs', 'ReceiveMessage'),
          called('record-feedback', 'sqs', 'ReceiveMessage'),
          called('record-sms-feedback', 'sqs', 'ReceiveMessage'),
        ],
        invocations: [
          invoked('send-sms', { records: 10 }),
          invoked('record-feedback', { records: 7 }),
          invoked('record-sms-feedback', { records: 5 }),
        ],
        smsParts: 12,
      }),
      deployed,
    );
    assert.equal(total(usage, 'sns.publishes'), 4 + 7 + 5);
    assert.equal(total(usage, 'sns.deliveries-to-queues'), 22);
    assert.equal(total(usage, 'sqs.fair-queue-requests'), 1);
    assert.equal(total(usage, 'sms.parts'), 12);
  });

  it('is the receives that brought something, not the empty ones, and the deletes', () => {
    const usage = usageOfOrders(
      counted({
        calls: [
          called('send-email', 'sqs', 'ReceiveMessage', { count: 50 }),
          called('send-email', 'sqs', 'DeleteMessageBatch', { count: 4 }),
          called('record-feedback', 'sqs', 'ReceiveMessage', { count: 50 }),
          called('record-feedback', 'sqs', 'DeleteMessageBatch', { count: 3 }),
        ],
        invocations: [invoked('send-email', { count: 4 }), invoked('record-feedback', { count: 3 })],
      }),
      deployed,
    );
    assert.equal(total(usage, 'sqs.requests'), 4 + 4 + 3 + 3);
    assert.equal(total(usage, 'sqs.fair-queue-requests'), 4 + 4);
  });

  it('is what functions, Lambda and API Gateway log, with what each event adds', () => {
    const silent = usageOfOrders(counted({ orders: 1 }), deployed);
    assert.equal(total(silent, 'cloudwatch.logs-gb') * GB_BYTES, 74 + 26);
    const quiet = usageOfOrders(counted({ orders: 1, invocations: [invoked('send-email')] }), deployed);
    const loud = usageOfOrders(
      counted({
        orders: 1,
        invocations: [invoked('send-email')],
        logged: { 'send-email': { lines: 2, bytes: 500 } },
      }),
      deployed,
    );
    const added = total(loud, 'cloudwatch.logs-gb') - total(quiet, 'cloudwatch.logs-gb');
    assert.equal(Math.round(added * GB_BYTES), 500 + 2 * 26);
    const platform = (total(quiet, 'cloudwatch.logs-gb') - total(silent, 'cloudwatch.logs-gb')) * GB_BYTES;
    assert.ok(platform > 2 * 26 + 200 && platform < 1000, `${platform}`);
  });

  it('is refused for services and functions that nobody has thought of, all of them by name', () => {
    const calls = [
      called('send-email', 'polly', 'SynthesizeSpeech'),
      called('send-email', 'sesv2', 'SendEmail'),
      called('send-email', 'bedrock', 'InvokeModel'),
    ];
    assert.throws(() => usageOfOrders(counted({ calls, invocations: [invoked('send-fax')] }), deployed), {
      code: 'UNPRICED',
      names: ['polly SynthesizeSpeech', 'bedrock InvokeModel', 'send-fax'],
    });
  });

  it('is looks at objects and their uploads; taking them away is free', () => {
    const usage = usageOfOrders(
      counted({
        calls: [
          called('handle-command', 's3', 'HeadObject', { count: 5 }),
          called('send-email', 's3', 'GetObject', { count: 3 }),
          called('release-attachments', 's3', 'DeleteObject', { count: 9 }),
          called('handle-command', 's3', 'PutObject', { count: 2 }),
        ],
      }),
      deployed,
    );
    assert.deepEqual([total(usage, 's3.reads'), total(usage, 's3.writes')], [8, 2]);
  });

  it('has a price for every service that functions can call', () => {
    const usage = usageOfOrders(
      counted({
        calls: SERVICE_NAMES.map((service) =>
          called('send-email', service, 'Anything', { readUnits: 1, writeUnits: 1 }),
        ),
        invocations: Object.values(FUNCTION).map((name) => invoked(name, { records: 1 })),
      }),
      deployed,
    );
    assert.ok(dollarsOf(costsOf(usage, readListPrices())) > 0);
  });
});

describe('The list of prices', () => {
  it('says of each where it is from and whether it was found there', () => {
    const { prices, region, date } = readListPrices();
    assert.equal(region, 'us-east-1');
    assert.match(date, /^20\d\d-\d\d-\d\d$/);
    for (const [name, { verified, checked }] of Object.entries(prices)) {
      assert.equal(verified, !/not found/.test(checked), `${name}: ${checked}`);
    }
  });

  it('is refused with every fault at once', () => {
    const faulty = { ...list({ 'a.b': { ...priceOf(-1, 0), verified: 'yes' } as never }), date: 'yesterday' };
    const refusal = (): unknown => listPricesOf(faulty);
    assert.throws(refusal, InvalidListPrices);
    assert.throws(refusal, ({ message }: Error) =>
      ['date:', 'prices a.b usd:', 'prices a.b per:', 'prices a.b verified:'].every((part) => message.includes(part)),
    );
  });
});
