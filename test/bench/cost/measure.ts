import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { SegmentedMessage } from 'sms-segments-calculator';
import { dynamoStore } from '#shared/adapters/aws/dynamodb/store.ts';
import { CIRCUIT, circuitKey } from '#shared/delivery/circuit.ts';
import { MEASURED_CIRCUITS } from '#shared/delivery/gauges.ts';
import { ATTRIBUTE, ENV, FUNCTION, GAUGE } from '#shared/names.ts';
import type { DueRow } from '#shared/once/due.ts';
import type { Outputs } from '#test/support/deployment.ts';
import { WOKEN_KINDS } from '#test/support/due-kinds.ts';
import { eventually } from '#test/support/eventually.ts';
import type { Local } from '#test/support/local.ts';
import { measureOrders, type OrdersToMeasure } from '#test/support/measured-orders.ts';
import type { Template } from '#test/support/template.ts';
import { storedBytes } from './item-size.ts';
import { embeddedMetricsIn, type Logged } from './log-bytes.ts';
import type { CountedOrders } from './order-usage.ts';
import { functionsOf } from './template-usage.ts';
import { type IdleMinute, wasIdle } from './wake-usage.ts';

/** Minutes of wake-due that are looked at for an idle one. */
const MOST_MINUTES = 4;

type Kept = Pick<CountedOrders, 'logged' | 'smsParts'> & {
  /** Billed storage of rows and index entries. */
  keptBytes: number;
};

/** The billed usage of orders, and their stored data. */
export type Variant = CountedOrders & Kept;

export const measureVariant = (here: Local, orders: OrdersToMeasure): Promise<Variant> =>
  withKept(here, () => measureOrders(here, orders));

/** Adds what was logged, sent and kept to what was counted. */
export async function withKept<Counted>(here: Local, measureIt: () => Promise<Counted>): Promise<Counted & Kept> {
  const before = await looked(here);
  const measured = await measureIt();
  const after = await looked(here);
  return {
    ...measured,
    logged: written(before.logged, after.logged),
    smsParts: after.smsParts - before.smsParts,
    keptBytes: after.keptBytes - before.keptBytes,
  };
}

async function looked(here: Local) {
  const texts = await here.inbox.sms();
  return {
    logged: loggedSoFar(here.cloud.dataDir),
    smsParts: texts.reduce((sum, { body }) => sum + new SegmentedMessage(body).segmentsCount, 0),
    keptBytes: await tableBytes(here.cloud.outputs),
  };
}

/** The reads and writes of wake-due for the statistics so far, and for an idle minute. */
export async function measureMinutes(here: Local): Promise<{ counting: Units; idle: IdleMinute }> {
  const first = await measureMinute(here);
  const idle = await idleMinute(here);
  return {
    counting: {
      readUnits: Math.max(0, first.readUnits - idle.readUnits),
      writeUnits: first.writeUnits - idle.writeUnits,
    },
    idle,
  };
}

type Units = { readUnits: number; writeUnits: number };

/** On a busy machine, the statistics of the last messages are counted a minute later than those of the first. */
async function idleMinute(here: Local): Promise<IdleMinute & Units> {
  for (let attempts = 1; ; attempts += 1) {
    const minute = await measureMinute(here);
    if (wasIdle(minute) || attempts === MOST_MINUTES) return minute;
  }
}

async function measureMinute(here: Local): Promise<IdleMinute & Units> {
  const { control, cloud } = here;
  await control.resetCalls();
  await control.resetInvocations();
  const before = loggedSoFar(cloud.dataDir);
  // It runs immediately when it is resumed. It is paused again, so that the schedule starts no second invocation.
  await control.resume(FUNCTION.wakeDue);
  await control.pause(FUNCTION.wakeDue);
  const { durationMs } = await eventually(
    'wake-due to end',
    async () => (await control.invocations()).find((one) => one.function === FUNCTION.wakeDue && one.count === 1),
    120_000,
  );
  const calls = (await control.calls()).filter((call) => call.function === FUNCTION.wakeDue);
  const environment = functionsOf(localTemplate(cloud.dataDir))[FUNCTION.wakeDue]?.environment ?? {};
  return {
    durationMs,
    intervalSeconds: Number(environment[ENV.wakeIntervalSeconds]),
    readUnits: calls.reduce((sum, { readUnits }) => sum + readUnits, 0),
    writeUnits: calls.reduce((sum, { writeUnits }) => sum + writeUnits, 0),
    ...(await readUnitsOfWakeDue(cloud.outputs)),
    logged: written(before, loggedSoFar(cloud.dataDir))[FUNCTION.wakeDue] ?? { lines: 0, bytes: 0 },
  };
}

/** Number of distinct metrics so far: those of wake-due, which need no orders, and the others. */
export function metricsEmitted({ cloud }: Local): { idle: number; others: number } {
  const linesOf = (ofWakeDue: boolean): string[] =>
    logsIn(cloud.dataDir)
      .filter(({ name }) => (name === FUNCTION.wakeDue) === ofWakeDue)
      .flatMap(({ text }) => text.split('\n'));
  return { idle: embeddedMetricsIn(linesOf(true)).size, others: embeddedMetricsIn(linesOf(false)).size };
}

/** Measures the reads of the gauges and of one poll of everything that is due. */
async function readUnitsOfWakeDue(outputs: Outputs): Promise<Pick<IdleMinute, 'readUnitsOnce' | 'readUnitsALook'>> {
  const client = operatorOf(outputs);
  let units = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } });
      const { ConsumedCapacity } = answer.output as { ConsumedCapacity?: { CapacityUnits?: number } };
      units += ConsumedCapacity?.CapacityUnits ?? 0;
      return answer;
    },
    { step: 'initialize' },
  );
  const store = dynamoStore({ tableName: outputs.tableName, client });
  for (const kind of Object.values(WOKEN_KINDS)) await store.due<DueRow>(kind, Date.now(), 1);
  const readUnitsALook = units;
  const { 'dead-letter': _, ...kinds } = GAUGE;
  for (const kind of Object.keys(kinds)) await store.gauge(kind);
  await store.openGauge();
  for (const channel of MEASURED_CIRCUITS) await store.statesOf(CIRCUIT).read(circuitKey(channel));
  client.destroy();
  return { readUnitsALook, readUnitsOnce: units - readUnitsALook };
}

async function tableBytes(outputs: Outputs): Promise<number> {
  const client = operatorOf(outputs);
  const { partitionKey, sortKey, dueShard, dueAt, logTenant, logOrder } = ATTRIBUTE;
  const indexes = [{ keys: [dueShard, dueAt] }, { keys: [logTenant, logOrder] }];
  let bytes = 0;
  for await (const { Items = [] } of paginateScan({ client }, { TableName: outputs.tableName })) {
    for (const item of Items) bytes += storedBytes(item, [partitionKey, sortKey], indexes);
  }
  client.destroy();
  return bytes;
}

/** Reads the table like a script. It is not a function's call, so it is not counted. */
function operatorOf({ endpoints }: Outputs): DynamoDBClient {
  const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };
  return new DynamoDBClient({ endpoint: endpoints.dynamodb, region: 'eu-central-1', credentials });
}

function localTemplate(dataDir: string): Template {
  return JSON.parse(readFileSync(join(dataDir, 'assembly', 'counterfoil-local.template.json'), 'utf8'));
}

function logsIn(dataDir: string): { name: string; text: string }[] {
  const folder = join(dataDir, 'logs');
  return readdirSync(folder).map((file) => ({
    name: basename(file, '.log'),
    text: readFileSync(join(folder, file), 'utf8'),
  }));
}

const loggedSoFar = (dataDir: string): Record<string, Logged> =>
  Object.fromEntries(
    logsIn(dataDir).map(({ name, text }) => [
      name,
      { lines: text.split('\n').length - 1, bytes: Buffer.byteLength(text.replaceAll('\n', '')) },
    ]),
  );

const written = (before: Record<string, Logged>, after: Record<string, Logged>): Record<string, Logged> =>
  Object.fromEntries(
    Object.entries(after).map(([name, { lines, bytes }]) => [
      name,
      { lines: lines - (before[name]?.lines ?? 0), bytes: bytes - (before[name]?.bytes ?? 0) },
    ]),
  );
