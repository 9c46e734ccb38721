import type { Local } from '#test/support/local.ts';
import { measure } from '#test/support/measured-orders.ts';
import { type FlowRate, type MeasuredFlow, measureFlow } from '../flow.ts';
import { flowsOf } from '../flows.ts';
import type { ListPrices } from './list-prices.ts';
import { withKept } from './measure.ts';
import { type CountedWork, type Deployed, usageOfWork } from './order-usage.ts';
import { amount, dollars, isProvider, table } from './report.ts';
import { costsOf, dollarsOf, type Usage } from './usage.ts';

const MILLION = 1_000_000;

export type CountedFlow = CountedWork & MeasuredFlow;

/** Does the flows around an order one after the other. The scheduled functions must be paused. */
export async function measureFlows(here: Local, rate: FlowRate): Promise<CountedFlow[]> {
  const counted: CountedFlow[] = [];
  for (const flow of flowsOf(here, rate)) {
    counted.push(await measureFlow(flow, (work) => withKept(here, () => measure(here, work))));
  }
  return counted;
}

/** Each flow in a row: what it takes once, and dollars of a million without the messages themselves. */
export function flowsTable(flows: CountedFlow[], deployed: Deployed, prices: ListPrices): string[] {
  const head = ['', 'write units', 'read units', 'invocations', 'e-mails', 'parts of SMS', 'a million'];
  return table(
    head,
    flows.map(({ title, times, ...work }) => {
      const usage = usageOfWork(work, deployed).map(({ price, quantity }) => ({ price, quantity: quantity / times }));
      const own = usage.filter(({ price }) => !isProvider(price));
      const names = ['dynamodb.write-units', 'dynamodb.read-units', 'lambda.requests', 'ses.messages', 'sms.parts'];
      return [
        title,
        ...names.map((name) => amount(quantityOf(usage, name))),
        dollars(dollarsOf(costsOf(own, prices)) * MILLION),
      ];
    }),
  );
}

const quantityOf = (usage: Usage[], name: string): number =>
  usage.filter(({ price }) => price === name).reduce((sum, { quantity }) => sum + quantity, 0);
