import { PoisonMessage, parseEnvelope } from '#shared/messaging/parse.ts';
import { ABOUT_ORDERS } from '#shared/names.ts';
import { envelopeId } from '#shared/once/envelopes.ts';
import { ORDER } from '#shared/order/order.ts';
import type { RebuildableProjection, StoredMessage } from '#shared/replay/ports.ts';
import type { Skipped } from '#shared/replay/replay.ts';
import { type ListedOrder, type OrderListRebuild, type OrderListStore, positionOf } from './ports.ts';
import { type FiguresPorts, listedIn } from './projection.ts';

export type RebuildPorts = FiguresPorts & { orderList: Pick<OrderListStore, 'keepListed'> & OrderListRebuild };

/** Rows that are written at the same time. */
const CONCURRENCY = 16;

/** The list of orders, built again from the same messages and with the same rules as `projectOrder`. */
export function rebuildableOrderList(ports: RebuildPorts): RebuildableProjection {
  const { orderList } = ports;
  return {
    subjectType: ORDER.name,

    async apply(stored, generation) {
      const read = await Promise.all(stored.map((one) => rowAfter(one, ports)));
      const rows = read.flatMap((one) => ('order' in one ? [one] : []));
      const latest = latestOf(rows);
      await sideBySide(latest, ({ tenant, order }) => orderList.keepListed({ tenant, generation }, order));
      const skipped = read.flatMap((one) => ('reason' in one ? [one] : []));
      return { messages: rows.length + skipped.length, written: latest.length, skipped };
    },

    async copy(isCopied, generation, position) {
      const { rows, ...page } = await orderList.scanListed(position);
      const copied = rows.filter(({ list }) => isCopied(list.tenant, list.generation));
      await sideBySide(copied, ({ list, read }) => orderList.copyListed({ ...list, generation }, read()));
      return { ...page, copied: copied.length };
    },

    async remove(isRemoved, position) {
      const { rows, ...page } = await orderList.scanListed(position);
      const removed = rows.filter(({ list }) => isRemoved(list.tenant, list.generation));
      await sideBySide(removed, (row) => orderList.removeListed(row.list, row.position));
      return { ...page, deleted: removed.length };
    },
  };
}

type Row = { tenant: string; order: ListedOrder };
type NotAboutOrders = { ignored: true };

/** The row after a message. A message that can never be read is named, and the others are applied. */
async function rowAfter(stored: StoredMessage, ports: FiguresPorts): Promise<Row | Skipped | NotAboutOrders> {
  try {
    const envelope = parseEnvelope(stored.body);
    if (!envelope.type.startsWith(ABOUT_ORDERS)) return { ignored: true };
    return { tenant: envelope.tenantid, order: await listedIn(envelope, ports) };
  } catch (error) {
    if (!(error instanceof PoisonMessage)) throw error;
    return skippedMessage(stored, error);
  }
}

/** The id is derived from the place of the message, so a message that is not even JSON has its id, too. */
function skippedMessage({ record, position }: StoredMessage, { reason, message: detail }: PoisonMessage): Skipped {
  const { subject, commandId } = record;
  const id = envelopeId(subject, commandId, position);
  return { tenant: subject.tenant, subject: `${subject.type}/${subject.id}`, id, reason, detail };
}

/** Of the rows for the same order, only the one with the highest version would stay. */
function latestOf(rows: readonly Row[]): Row[] {
  const latest = new Map<string, Row>();
  for (const row of rows) {
    const name = JSON.stringify([row.tenant, positionOf(row.order)]);
    const known = latest.get(name);
    if (!known || known.order.version < row.order.version) latest.set(name, row);
  }
  return [...latest.values()];
}

async function sideBySide<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}
