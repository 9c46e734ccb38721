import { FUNCTION } from '#shared/names.ts';
import { listedOrder } from '#shared/order-list/projection.ts';
import { FIRST_GENERATIONS, liveGeneration } from '#shared/replay/generations.ts';
import { judgeOrder } from '#test/support/judge/commands.ts';
import { type CommandRow, type Facts, type ListedRow, neverHandled, type OrderRow } from './facts.ts';
import { requestKey } from './judge-commands.ts';
import type { PlannedRequest } from './requests.ts';
import type { ReceivedAnswer } from './sending.ts';
import { isAccepted, orderKey, type Report } from './violations.ts';

/** The judgement of orders and of their list. */

const KINDS_ABOUT_ORDERS: readonly PlannedRequest['kind'][] = ['place', 'item', 'too-much', 'step'];

export function judgeOrders({ answers, requests, orders, commands, shown }: Facts, report: Report): void {
  const rows = new Map(orders.map((row) => [orderKey(row), row]));
  const shownBy = new Map(shown.map((one) => [orderKey(one), one]));
  const about = answers.filter(({ request }) => KINDS_ABOUT_ORDERS.includes(request.kind));
  const accepted = Map.groupBy(about.filter(isAccepted), ({ request }) => orderKey(request));
  const committed = Map.groupBy(
    commands.filter((row) => row.accepted),
    orderKey,
  );
  const requested = new Set(requests.map(orderKey));
  for (const [key] of rows) if (!requested.has(key)) report('phantom', key, 'an order that no client placed');
  for (const [key, own] of accepted) {
    const row = rows.get(key);
    if (!row) {
      report('lost', key, 'its client received 201, but there is no such order');
      continue;
    }
    judgeLines(key, row, own, committed.get(key) ?? [], report);
    const view = shownBy.get(key);
    const same = view?.version === row.version && view.skus.join() === row.skus.join();
    if (!same)
      report(
        'diverging',
        key,
        `the API shows version ${view?.version} with ${view?.skus}, the table ${row.version} with ${row.skus}`,
      );
  }
}

/** The order contains the lines of the accepted body and of each acknowledged item, each once. */
function judgeLines(
  key: string,
  row: OrderRow,
  answers: ReceivedAnswer[],
  committed: CommandRow[],
  report: Report,
): void {
  const withLines = answers.filter(({ request }) => request.kind !== 'step');
  const bodies = new Map(withLines.map(({ request }) => [requestKey(request), request.body]));
  const faults = judgeOrder({
    lines: row.skus,
    version: row.version,
    acknowledged: [...bodies.values()]
      .flatMap((body) => (body.lines ?? [body]) as { sku: string }[])
      .map(({ sku }) => sku),
    // Every client tries until it is answered. A client that gave up is a separate violation.
    unanswered: [],
    committed: committed.length,
  });
  for (const why of faults) report('diverging', key, why);
}

/**
 * The list that is read contains each order once, as the order itself says, however often it was built again. No row of
 * another generation is left. A dead letter excuses the order that it is about.
 */
export function judgeOrderList(facts: Facts, report: Report): void {
  const { listed, orders, generations } = facts;
  const excused = new Set(
    neverHandled(facts, FUNCTION.projectOrders).map(({ tenant, subject }) => `${tenant} ${subject}`),
  );
  const known = new Set(orders.map(orderKey));
  for (const { generation, ...row } of listed) {
    const live = liveGeneration(generations ?? FIRST_GENERATIONS, row.tenant);
    if (!known.has(orderKey(row))) report('phantom', orderKey(row), 'the list has an order that does not exist');
    if (generation !== live)
      report('unfinished', orderKey(row), `a row of generation ${generation} is left, ${live} is read`);
  }
  const rows = Map.groupBy(listed, orderKey);
  for (const order of orders) {
    if (!excused.has(`${order.tenant} order/${order.orderId}`))
      judgeListed(order, rows.get(orderKey(order)) ?? [], report);
  }
}

function judgeListed(order: OrderRow, rows: readonly ListedRow[], report: Report): void {
  const { version, state } = order;
  const expected = shownAs(listedOrder({ schemaVersion: 1, version, state }));
  if (rows.length === 0) report('lost', orderKey(order), 'the list does not have the order');
  for (const row of rows) {
    const shown = shownAs({ ...row.listed, version: row.version });
    if (shown !== expected) report('diverging', orderKey(order), `the list has ${shown}, the table ${expected}`);
  }
}

/** The fields in one order, because the store returns them in any. */
const shownAs = (listed: object): string =>
  JSON.stringify(Object.entries(listed).sort(([one], [other]) => (one < other ? -1 : 1)));
