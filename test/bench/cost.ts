import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { MAX_ACCEPTED_CLIENTS } from '#infra/account/accepted-clients.ts';
import { InvalidStage, settingsOf } from '#infra/stages.ts';
import { ENV, FUNCTION } from '#shared/names.ts';
import { anOrder } from '#test/support/api.ts';
import { endWith, nameFaults, numberFaults } from '#test/support/harness/arguments.ts';
import { openLocal } from '#test/support/local.ts';
import { SCHEDULED, warmUp, withoutSchedules } from '#test/support/measured-orders.ts';
import { resourcesOf, synthesizedTemplate, type Template } from '#test/support/template.ts';
import { type CountedFlow, flowsTable, measureFlows } from './cost/flows.ts';
import { type ListPrices, RegionWithoutPrices, readListPrices } from './cost/list-prices.ts';
import { type LiveStage, liveMonthOf, ordersAMonth } from './cost/live-month.ts';
import { measureMinutes, measureVariant, metricsEmitted, type Variant } from './cost/measure.ts';
import { type Deployed, usageOfWork } from './cost/order-usage.ts';
import {
  dollars,
  dollarsForPacing,
  dollarsForSlowness,
  functionsTable,
  keptTable,
  liveTable,
  monthTable,
  ordersTable,
} from './cost/report.ts';
import { functionsOf, monthlyUsageOf, routeMetricsOf, ticksAMonth } from './cost/template-usage.ts';
import { type Cost, costsOf, dollarsOf, GB_BYTES, Unpriced, type Usage } from './cost/usage.ts';
import { type IdleMinute, idleLaneUsage, idleRedriveUsage, idleRunUsage, idleWakeUsage } from './cost/wake-usage.ts';

/**
 * `npm run bench:cost [-- --stage <stage>] [--region <region>] [--orders <n>] [--rate <orders a second>]
 * [--orders-a-day <n>]`: the cost of an order on AWS, and of a month of a stage that is idle, has one tenant, or fifty. The
 * command counts on a separate local cloud everything that orders cause, and multiplies it by the list prices of the
 * stage's region in docs/reference/list-prices.json. Memory, schedules and resources with a fixed price are read from the
 * template of the stage.
 */
const { stage, region, orders, rate, ordersADay } = readArguments();
const MILLION = 1_000_000;
const TENANTS = [1, 50];
/** There are a dozen flows, and each is done as often as there are orders. */
const MOST_OF_A_FLOW = 50;
const prices = pricesOf(region);
const template = await synthesizedTemplate(stage);
const deployed: Deployed = { functions: functionsOf(template), accessLogLineBytes: accessLogLineBytes(template) };
// Missing prices are reported before the measurement, which takes minutes.
const standing = monthlyUsageOf(template);
const always: Usage[] = [...standing, { price: 'cognito.machine-tokens', quantity: 0 }];
costsOf(always, prices);
const ticks = scheduledTicks();

const here = await openLocal();
try {
  const { name, email } = anOrder().contact;
  await withoutSchedules(here);
  await warmUp(here);
  const both = await measureVariant(here, { orders, ordersPerSecond: rate });
  const [load = 0] = loadavg();
  const emailOnly = await measureVariant(here, {
    orders,
    ordersPerSecond: rate,
    more: () => ({ contact: { name, email } }),
  });
  const { counting, idle: idleMinute } = await measureMinutes(here);
  const work = idleWork(idleMinute);
  const emitted = metricsEmitted(here);
  // Last, because they have metrics and rows of their own.
  const flows = await measureFlows(here, { count: Math.min(orders, MOST_OF_A_FLOW), perSecond: rate });
  const metricsOf = (quantity: number): Usage => ({ price: 'cloudwatch.metrics', quantity });
  const idle = [...standing, ...work, metricsOf(emitted.idle)];
  print({ both, emailOnly, counting, flows, load }, idle, [...routeMetricsOf(template), metricsOf(emitted.others)]);
} finally {
  await here.stop();
}

/** Invocations per month of the functions with a schedule. @throws Unpriced if the idle work of one is not known. */
function scheduledTicks(): Record<(typeof SCHEDULED)[number], number> {
  const found = ticksAMonth(template);
  const known: readonly string[] = SCHEDULED;
  const unmeasured = Object.keys(found).filter((name) => !known.includes(name));
  if (unmeasured.length > 0)
    throw new Unpriced(unmeasured.map((name) => `the idle work of ${name}, which a schedule invokes`));
  const ticksOf = (name: string): number => found[name] ?? 0;
  return {
    [FUNCTION.wakeDue]: ticksOf(FUNCTION.wakeDue),
    [FUNCTION.runReplay]: ticksOf(FUNCTION.runReplay),
    [FUNCTION.runRedrive]: ticksOf(FUNCTION.runRedrive),
    [FUNCTION.watchLanes]: ticksOf(FUNCTION.watchLanes),
    [FUNCTION.redriveOnAlarm]: ticksOf(FUNCTION.redriveOnAlarm),
  };
}

/** The idle work of the functions with a schedule. */
function idleWork(minute: IdleMinute): Usage[] {
  const { environment = {} } = deployed.functions[FUNCTION.wakeDue] ?? {};
  const intervalSeconds = Number(environment[ENV.wakeIntervalSeconds]);
  const sizeOf = (name: (typeof SCHEDULED)[number]) => ({
    ticksAMonth: ticks[name],
    memoryMb: deployed.functions[name]?.memoryMb ?? 0,
  });
  return [
    ...idleWakeUsage(minute, { ...sizeOf(FUNCTION.wakeDue), intervalSeconds }),
    ...idleRunUsage(sizeOf(FUNCTION.runReplay)),
    ...idleRunUsage(sizeOf(FUNCTION.runRedrive)),
    ...idleLaneUsage({ ...sizeOf(FUNCTION.watchLanes), queues: watchedQueues() }),
    ...idleRedriveUsage(sizeOf(FUNCTION.redriveOnAlarm)),
  ];
}

/** The queues that watch-lanes measures. */
function watchedQueues(): number {
  const { environment = {} } = deployed.functions[FUNCTION.watchLanes] ?? {};
  return JSON.stringify(environment[ENV.subscribers]).split('mapping').length - 1;
}

/** The cost of each sender's waiting at its maximum rate. */
function pacing(): string {
  return Object.entries(deployed.functions)
    .filter(([, { environment }]) => environment[ENV.senderRatePerSecond] !== undefined)
    .map(([name, size]) => `${name} waiting for ${dollars(dollarsForPacing(size, prices))}`)
    .join(', ');
}

type Counted = {
  both: Variant;
  emailOnly: Variant;
  flows: CountedFlow[];
  /** The load of the machine during the measurement. */
  load: number;
  /** The usage of wake-due for counting all messages of these orders once. */
  counting: { readUnits: number; writeUnits: number };
};

function print({ both, emailOnly, counting, flows, load }: Counted, idle: Usage[], busy: Usage[]): void {
  const variants = [
    { title: 'e-mail and text', variant: both },
    { title: 'e-mail only', variant: emailOnly },
  ];
  const columns = variants.map(({ title, variant }) => ({
    title,
    orders,
    costs: costsOf(usageOfWork(variant, deployed), prices),
  }));
  const kept = variants.map(({ title, variant: { keptBytes } }) => {
    const gb = keptBytes / orders / GB_BYTES;
    const names = ['dynamodb.storage-gb-months', 'dynamodb.recovery-gb-months'];
    const usage = names.map((price) => ({ price, quantity: gb }));
    return { title, bytes: keptBytes / orders, costs: costsOf(usage, prices) };
  });
  const month = costsOf(idle, prices);
  const metrics = dollarsOf(costsOf(busy, prices));
  const client = dollarsOf(costsOf([{ price: 'cognito.machine-clients', quantity: 1 }], prices));
  const tokens = costsOf([{ price: 'cognito.machine-tokens', quantity: 1 }], prices);
  printLines(
    `${orders} orders of each kind at ${rate} a second, Node ${process.versions.node} on ${availableParallelism()} cores ` +
      `with a load of ${load.toFixed(1)}, stage ${stage}; list prices of ${prices.region} of ${prices.date}, without free tiers.`,
    '',
    ...ordersTable(columns, prices),
    '',
    ...functionsTable(both, deployed),
    '',
    `Each 100 ms more in every invocation: ${dollars(dollarsForSlowness(both, deployed, prices))} a million orders. ` +
      `At its limit of stage ${stage}, a million messages keep ${pacing()}.`,
    '',
    ...keptTable(kept),
    '',
    ...flowsTable(flows, deployed, prices),
    '',
    statistics(counting),
    attachments(),
    '',
    ...monthTable(month, prices),
    '',
    ...live({ both, emailOnly, counting }, idle, busy),
    '',
    `Once orders come, metrics by route and of what functions do: ${dollars(metrics)} a month. Each client that gets tokens for a machine: ` +
      `${dollars(client)} a month.`,
    `Prices not found in AWS’s own words: ${unverified([...columns.flatMap(({ costs }) => costs), ...month, ...tokens])}.`,
  );
}

/** A month of the stage with traffic: the cost of tenants, in addition to an idle stage and the price of an order. */
function live(
  { both, emailOnly, counting }: Omit<Counted, 'flows' | 'load'>,
  idle: Usage[],
  traffic: Usage[],
): string[] {
  const mostClients = mostClientsOfTenants();
  const stageOf = (variant: Variant): LiveStage => ({
    standing: idle,
    traffic,
    ...(mostClients !== undefined && { mostClients }),
    order: {
      usage: usageOfWork(variant, deployed).map(({ price, quantity }) => ({ price, quantity: quantity / orders })),
      keptBytes: variant.keptBytes / orders,
      counting: { readUnits: counting.readUnits / (2 * orders), writeUnits: counting.writeUnits / (2 * orders) },
    },
  });
  const kinds = [
    { title: 'e-mail only', stage: stageOf(emailOnly) },
    { title: 'e-mail and text', stage: stageOf(both) },
  ];
  const columns = TENANTS.flatMap((tenants) =>
    kinds.map(({ title, stage: of }) => ({
      title: `${tenants === 1 ? 'one tenant' : `${tenants} tenants`}, ${title}`,
      parts: liveMonthOf(of, { tenants, ordersADay }).map((part) => ({
        title: part.title,
        costs: costsOf(part.usage, prices),
      })),
    })),
  );
  const placed = TENANTS.map((tenants) => Math.round(ordersAMonth({ tenants, ordersADay })).toLocaleString('en-US'));
  return [
    `A live stage, each tenant with ${ordersADay} orders a day (--orders-a-day): ${placed.join(' and ')} orders a month.`,
    '',
    ...liveTable(columns),
    '',
    mostClients === undefined
      ? 'Tokens come from an existing issuer, whose price is not counted.'
      : `The stage’s own pool accepts ${mostClients} clients of tenants; more tenants need an issuer of their own, whose price is not counted.`,
  ];
}

/** Number of clients that the authorizer's list can still contain; undefined if the stage has no pool. */
function mostClientsOfTenants(): number | undefined {
  const own = resourcesOf(template, 'AWS::Cognito::UserPoolClient').length;
  return own === 0 ? undefined : MAX_ACCEPTED_CLIENTS - own;
}

/** By wake-due, later, so it is not in an order's column. */
function statistics({ readUnits, writeUnits }: Counted['counting']): string {
  const all = 2 * orders;
  const costs = costsOf(
    [
      { price: 'dynamodb.write-units', quantity: (writeUnits / all) * MILLION },
      { price: 'dynamodb.read-units', quantity: (readUnits / all) * MILLION },
    ],
    prices,
  );
  return (
    `Each time that the messages of all of these orders are counted for the statistics: ${(readUnits / all).toFixed(2)} read ` +
    `and ${(writeUnits / all).toFixed(2)} write units an order, ${dollars(dollarsOf(costs))} a million.`
  );
}

/** Only messages with attachments cause this, and these orders have none. */
function attachments(): string {
  const requests = costsOf(
    [
      { price: 's3.writes', quantity: MILLION },
      { price: 's3.reads', quantity: 2 * MILLION },
    ],
    prices,
  );
  return (
    `A million attachments, each uploaded, looked at and read once: ${dollars(dollarsOf(requests))} of S3’s requests, and ` +
    `${prices.prices['s3.storage-gb-months']?.usd} dollars for each GB and month.`
  );
}

function unverified(costs: Cost[]): string {
  const used = new Set(costs.filter(({ quantity }) => quantity > 0).map(({ price }) => price));
  return [...used].filter((price) => !prices.prices[price]?.verified).join(', ') || 'none';
}

function printLines(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** The format itself, because values are about as long as their placeholders. */
function accessLogLineBytes(of: Template): number {
  const [, deployedStage] = resourcesOf(of, 'AWS::ApiGatewayV2::Stage')[0] ?? [];
  const settings = deployedStage?.Properties.AccessLogSettings as { Format?: string } | undefined;
  return Buffer.byteLength(settings?.Format ?? '');
}

/** The prices of a region, or the end of this process with what is missing. */
function pricesOf(name: string): ListPrices {
  try {
    return readListPrices(name);
  } catch (error) {
    if (!(error instanceof RegionWithoutPrices)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

type Arguments = { stage: string; region: string; orders: number; rate: number; ordersADay: number };

function readArguments(): Arguments {
  const { values } = parseArgs({
    // Unknown options are reported below, with all other faults.
    strict: false,
    options: {
      stage: { type: 'string', default: 'prod' },
      region: { type: 'string' },
      orders: { type: 'string', default: '500' },
      rate: { type: 'string', default: '5' },
      'orders-a-day': { type: 'string', default: '100' },
    },
  });
  const { stage, region, orders, rate, 'orders-a-day': ordersADay, ...others } = values;
  const { faults: stageFaults, region: ownRegion } = regionOfStage(String(stage));
  const chosen = region ?? ownRegion;
  const faults = [
    ...stageFaults,
    ...(chosen === undefined && stageFaults.length === 0
      ? [`Stage ${stage} has no region. Choose the region whose prices count: --region <region>.`]
      : []),
    ...numberFaults({ orders, rate, 'orders-a-day': ordersADay }),
    ...nameFaults(others, ['stage', 'region', 'orders', 'rate', 'orders-a-day']),
  ];
  endWith(faults);
  return {
    stage: String(stage),
    region: String(chosen),
    orders: Number(orders),
    rate: Number(rate),
    ordersADay: Number(ordersADay),
  };
}

function regionOfStage(name: string): { faults: string[]; region?: string } {
  try {
    const { region } = settingsOf(name);
    return { faults: [], ...(region !== undefined && { region }) };
  } catch (error) {
    if (error instanceof InvalidStage) return { faults: error.faults };
    throw error;
  }
}
