import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SERVICE_NAMES } from '#infra/local/aws/services.ts';
import { FUNCTION } from '#shared/names.ts';
import {
  InvalidListPrices,
  type ListPrices,
  listPricesOf,
  RegionWithoutPrices,
  readListPrices,
} from '#test/bench/cost/list-prices.ts';
import { clientsOf, type LiveStage, liveMonthOf, ordersAMonth } from '#test/bench/cost/live-month.ts';
import { type CountedWork, type Deployed, usageOfWork } from '#test/bench/cost/order-usage.ts';
import { liveTable } from '#test/bench/cost/report.ts';
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
const list = (prices: ListPrices['prices']): ListPrices => ({ date: '2026-01-01', region: 'us-east-1', prices });

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
  cpuMs: 50,
  ...more,
});
const counted = (more: Partial<CountedWork> = {}): CountedWork => ({
  requests: 10,
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

describe('The usage of requests', () => {
  it('is the requests, and what functions took', () => {
    const usage = usageOfWork(
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

  it('is the capacity units that the engine reported, and nothing for the stream', () => {
    const usage = usageOfWork(
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
    const usage = usageOfWork(
      counted({
        calls: [
          called('relay-outbox', 'sns', 'PublishBatch', { count: 2, requestBytes: 2 * 65 * 1024 }),
          called('send-sms', 'sns', 'Publish', { count: 10 }),
          called('send-sms', 'sqs', 'ReceiveMessage'),
          called('record-email-feedback', 'sqs', 'ReceiveMessage'),
          called('record-sms-feedback', 'sqs', 'ReceiveMessage'),
        ],
        invocations: [
          invoked('send-sms', { records: 10 }),
          invoked('record-email-feedback', { records: 7 }),
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
    const usage = usageOfWork(
      counted({
        calls: [
          called('send-email', 'sqs', 'ReceiveMessage', { count: 50 }),
          called('send-email', 'sqs', 'DeleteMessageBatch', { count: 4 }),
          called('record-email-feedback', 'sqs', 'ReceiveMessage', { count: 50 }),
          called('record-email-feedback', 'sqs', 'DeleteMessageBatch', { count: 3 }),
        ],
        invocations: [invoked('send-email', { count: 4 }), invoked('record-email-feedback', { count: 3 })],
      }),
      deployed,
    );
    assert.equal(total(usage, 'sqs.requests'), 4 + 4 + 3 + 3);
    assert.equal(total(usage, 'sqs.fair-queue-requests'), 4 + 4);
  });

  it('is what functions, Lambda and API Gateway log, with what each event adds', () => {
    const silent = usageOfWork(counted({ requests: 1 }), deployed);
    assert.equal(total(silent, 'cloudwatch.logs-gb') * GB_BYTES, 74 + 26);
    const quiet = usageOfWork(counted({ requests: 1, invocations: [invoked('send-email')] }), deployed);
    const loud = usageOfWork(
      counted({
        requests: 1,
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

  it('is refused for unknown services and functions, and names all of them', () => {
    const calls = [
      called('send-email', 'polly', 'SynthesizeSpeech'),
      called('send-email', 'sesv2', 'SendEmail'),
      called('send-email', 'bedrock', 'InvokeModel'),
    ];
    assert.throws(() => usageOfWork(counted({ calls, invocations: [invoked('send-fax')] }), deployed), {
      code: 'UNPRICED',
      names: ['polly SynthesizeSpeech', 'bedrock InvokeModel', 'send-fax'],
    });
  });

  it('is looks at objects and their uploads; taking them away is free', () => {
    const usage = usageOfWork(
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
    const usage = usageOfWork(
      counted({
        calls: SERVICE_NAMES.map((service) =>
          called('send-email', service, 'Anything', { readUnits: 1, writeUnits: 1 }),
        ),
        invocations: Object.values(FUNCTION).map((name) => invoked(name, { records: 1 })),
      }),
      deployed,
    );
    for (const region of ['us-east-1', 'eu-central-1']) {
      assert.ok(dollarsOf(costsOf(usage, readListPrices(region))) > 0, region);
    }
  });
});

describe('The list of prices', () => {
  it('shows the source of each price and whether it was found there, for each region', () => {
    for (const region of ['us-east-1', 'eu-central-1']) {
      const { prices, date } = readListPrices(region);
      assert.match(date, /^20\d\d-\d\d-\d\d$/);
      assert.ok(Object.keys(prices).length > 20, region);
      for (const [name, { verified, checked }] of Object.entries(prices)) {
        assert.equal(verified, !/not found/.test(checked), `${name}: ${checked}`);
      }
    }
  });

  it('has the prices of a region apart from those of another', () => {
    const [east, frankfurt] = ['us-east-1', 'eu-central-1'].map((region) => readListPrices(region).prices);
    assert.equal(east?.['dynamodb.write-units']?.usd, 0.625);
    assert.equal(frankfurt?.['dynamodb.write-units']?.usd, 0.7625);
    // Named without a region, so it is the same in each.
    assert.deepEqual(frankfurt?.['ses.messages'], east?.['ses.messages']);
  });

  it('refuses a region whose prices are not in the list, and does not use those of another region', () => {
    for (const region of ['us-west-2', 'everywhere', 'toString']) {
      assert.throws(
        () => readListPrices(region),
        (error) =>
          error instanceof RegionWithoutPrices &&
          error.message.includes(`no prices of region ${region}, only of us-east-1, eu-central-1`),
      );
    }
  });

  it('refuses what a region has no price for by name, with the region', () => {
    // The price list has no composite alarm in Frankfurt.
    const usage = [{ price: 'cloudwatch.composite-alarms', quantity: 1 }];
    assert.throws(() => costsOf(usage, readListPrices('eu-central-1')), {
      code: 'UNPRICED',
      message: 'No price is known in region eu-central-1 for: cloudwatch.composite-alarms.',
    });
  });

  it('is refused with every fault at once', () => {
    const { usd: _, verified: __, checked: ___, ...price } = priceOf(1, 0);
    const faulty = {
      lookedUp: { 'us-east-1': 'yesterday' },
      currency: 'USD',
      note: '',
      prices: { 'a.b': { ...price, regions: { 'us-east-1': { usd: -1, verified: 'yes', checked: 'here' } } } },
    };
    const refusal = (): unknown => listPricesOf(faulty, 'us-east-1');
    assert.throws(refusal, InvalidListPrices);
    const regional = 'prices a.b regions us-east-1';
    assert.throws(refusal, ({ message }: Error) =>
      ['lookedUp us-east-1:', 'prices a.b per:', `${regional} usd:`, `${regional} verified:`].every((part) =>
        message.includes(part),
      ),
    );
  });
});

describe('A month of a live stage', () => {
  const stage: LiveStage = {
    standing: [{ price: 'kms.keys', quantity: 1 }],
    traffic: [{ price: 'cloudwatch.metrics', quantity: 10 }],
    mostClients: 49,
    order: {
      usage: [
        { price: 'dynamodb.write-units', quantity: 40 },
        { price: 'ses.messages', quantity: 1 },
        { price: 'sms.parts', quantity: 1 },
      ],
      keptBytes: 8192,
      counting: { readUnits: 3, writeUnits: 0.5 },
    },
  };
  const month = (tenants: number, ordersADay = 100) => liveMonthOf(stage, { tenants, ordersADay });
  const quantity = (tenants: number, price: string): number =>
    month(tenants)
      .flatMap(({ usage }) => usage)
      .filter((one) => one.price === price)
      .reduce((sum, one) => sum + one.quantity, 0);

  it('has 365 / 12 days of orders for each tenant', () => {
    assert.equal(Math.round(ordersAMonth({ tenants: 1, ordersADay: 12 })), 365);
    assert.equal(ordersAMonth({ tenants: 50, ordersADay: 100 }), 50 * ordersAMonth({ tenants: 1, ordersADay: 100 }));
  });

  it('pays once for standing, and for each order what it uses, keeps and has counted', () => {
    const orders = ordersAMonth({ tenants: 1, ordersADay: 100 });
    const near = (actual: number, expected: number): void => assert.ok(Math.abs(actual - expected) < 1e-6, `${actual}`);
    for (const tenants of [1, 50]) {
      assert.equal(quantity(tenants, 'kms.keys'), 1);
      assert.equal(quantity(tenants, 'cloudwatch.metrics'), 10);
      near(quantity(tenants, 'dynamodb.write-units'), tenants * orders * (40 + 3 * 0.5));
      near(quantity(tenants, 'dynamodb.read-units'), tenants * orders * 3 * 3);
      near(quantity(tenants, 'dynamodb.storage-gb-months'), (tenants * orders * 8192) / GB_BYTES);
      near(quantity(tenants, 'ses.messages'), tenants * orders);
      assert.equal(quantity(tenants, 'sms.parts'), 0);
    }
  });

  it('has a client and a token an hour for each tenant, as far as the pool accepts them', () => {
    assert.equal(quantity(1, 'cognito.machine-clients'), 1);
    assert.equal(quantity(1, 'cognito.machine-tokens'), 730);
    assert.equal(quantity(50, 'cognito.machine-clients'), 49);
    assert.equal(clientsOf({ ...stage, mostClients: undefined }, { tenants: 50, ordersADay: 1 }), 0);
  });

  it('is printed by part, and added up', () => {
    const prices = readListPrices('eu-central-1');
    const columns = [1, 50].map((tenants) => ({
      title: `${tenants}`,
      parts: month(tenants).map(({ title, usage }) => ({ title, costs: costsOf(usage, prices) })),
    }));
    const lines = liveTable(columns);
    assert.match(lines[0] ?? '', /dollars a month.*\| 1 \| 50 \|/);
    const figures = (line = ''): number[] =>
      [...line.matchAll(/\$([\d,.]+)/g)].map(([, figure = '']) => Number(figure.replaceAll(',', '')));
    const rows = lines.slice(2, -1).map(figures);
    const totals = figures(lines.at(-1));
    for (const column of [0, 1]) {
      const sum = rows.reduce((before, row) => before + (row[column] ?? 0), 0);
      assert.ok(Math.abs(sum - (totals[column] ?? 0)) < 0.05, lines.join('\n'));
    }
    assert.equal(rows.length, month(1).length);
  });
});
