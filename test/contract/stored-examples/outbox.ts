import type { SNSClient } from '@aws-sdk/client-sns';
import type { Item } from '#shared/adapters/aws/dynamodb/items.ts';
import { snsPublisher } from '#shared/adapters/aws/runtime/sns-publisher.ts';
import { SORT_KEY } from '#shared/names.ts';
import { publishOutbox } from '#shared/once/publish.ts';
import { aNotification } from './notifications.ts';
import { byEmail, FULL_ORDER, LINE, partitionOf, recordsOf, type Stage } from './stage.ts';

export async function outboxRows(stage: Stage): Promise<{ outbox: Record<string, Item>; publications: unknown[] }> {
  const { store, clock, ports, post, everything, itemAt } = stage;
  const orderId = await post('order in the outbox', FULL_ORDER);
  const [record] = await recordsOf(store, orderId);
  if (!record) throw new Error('The order left no outbox row.');
  const { subject, commandId } = record;
  const row = () => itemAt(partitionOf(orderId), `${SORT_KEY.outbox}${commandId}`);
  const committed = await row();
  await store.postpone(subject, commandId, clock.now() + 5000, 1);
  const postponed = await row();
  const publications: unknown[] = [];
  const client = { send: async ({ input }: { input: unknown }) => publications.push(input) && {} };
  const publisher = snsPublisher({
    topicArn: 'arn:aws:sns:eu-central-1:123456789012:topic',
    // Of the client, the publisher uses `send` alone.
    client: client as unknown as SNSClient,
  });
  await publishOutbox([record], { publisher, outbox: store, clock, log: ports.log });
  const published = await row();

  const buriedId = await post('order that is buried', byEmail);
  const [buried] = await recordsOf(store, buriedId);
  await store.bury({ ...subject, id: buriedId }, buried?.commandId ?? '', new Date(clock.now()).toISOString());

  await post('adding too much', { ...LINE, quantity: 1_000_000, unitPrice: Number.MAX_SAFE_INTEGER }, orderId);
  const sent = await aNotification(stage, 'sent from the outbox');
  await sent.send();
  const rows = (await everything()).filter(({ type }) => type?.S === 'outbox');
  const only = (what: string, is: (item: Item) => boolean): Item => {
    const found = rows.filter(is);
    if (found.length !== 1 || !found[0]) throw new Error(`${found.length} rows are ${what}.`);
    return found[0];
  };
  const isAbout = (id: string) => (item: Item) => item.pk?.S === partitionOf(id);
  return {
    publications,
    outbox: {
      committed,
      postponed,
      published,
      buried: only('buried', isAbout(buriedId)),
      'a refusal': only('refusals', (item) => item.outcome?.M?.accepted?.BOOL === false),
      'of a sender': only(
        'of a sender',
        (item) => isAbout(sent.orderId)(item) && item.sk?.S?.startsWith('OUTBOX#msg#') === true,
      ),
    },
  };
}
