import assert from 'node:assert/strict';
import { after, before, describe, it, mock } from 'node:test';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { tenantIn } from '#shared/adapters/aws/dynamodb/client-tenants.ts';
import { earlierLetterOf } from '#shared/adapters/aws/dynamodb/earlier-dead-letters.ts';
import { handledOf } from '#shared/adapters/aws/dynamodb/handled.ts';
import {
  contentOf,
  type Item,
  listedOrderOf,
  outboxRecordOf,
  recipientEventsOf,
  renderedOf,
  storedStateOf,
  suppressionOf,
} from '#shared/adapters/aws/dynamodb/items.ts';
import { requestCountOf } from '#shared/adapters/aws/dynamodb/request-counts.ts';
import { countedIn } from '#shared/adapters/aws/dynamodb/statistics.ts';
import { parseSesEvent } from '#shared/adapters/aws/providers/ses/event.ts';
import { sesProvider } from '#shared/adapters/aws/providers/ses/provider.ts';
import { handleRequest } from '#shared/delivery/handle-request.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import type { Shape } from '#shared/messaging/versions.ts';
import { NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { approved, approvedNames, assertApproved } from '#test/support/approved.ts';
import { documented } from '#test/support/aws-events.ts';
import { messageTypesIn } from '#test/support/message-types.ts';
import { manualClock } from '#test/support/ports.ts';
import { SHAPES, type ShapeName } from '#test/support/shapes.ts';
import { startTable, type TestTable } from '#test/support/table.ts';
import { createWorld } from '#test/support/world/world.ts';
import { type Examples, type RowType, recordExamples } from './stored-examples.ts';

const { rendered: _inContent, 'notification-request': _isMessage, ...rowShapes } = SHAPES;
const rowTypes = Object.keys(rowShapes) as RowType[];
const shapeOf = (name: ShapeName): Shape<unknown> => SHAPES[name];
const rowName = (type: RowType, version: number): string => `row.${type}.v${version}`;
const messageName = (type: string): string => `message.${type}`;
const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

/** Every type of ours that the sources name. */
const messageTypes = messageTypesIn('shared');

describe('what is stored and sent', () => {
  let table: TestTable;
  let examples: Examples;
  before(async () => {
    table = await startTable();
    examples = await recordExamples(table);
  });
  after(() => {
    mock.restoreAll();
    return table.stop();
  });

  for (const type of rowTypes) {
    it(`as ${type} rows is what was approved`, () => {
      assertApproved(rowName(type, shapeOf(type).written), examples.rows[type]);
    });
  }

  it('is a row of a shape that has a name and a version', () => {
    for (const { pk, sk, type, schemaVersion } of examples.everything) {
      const shape = rowTypes.find((name) => name === type?.S);
      assert.ok(shape, `The row ${pk?.S} ${sk?.S} has type ${type?.S}, which no shape has.`);
      assert.equal(Number(schemaVersion?.N), shapeOf(shape).written, `${pk?.S} ${sk?.S}`);
    }
  });

  for (const type of messageTypes) {
    it(`as message ${type} is what was approved`, () => {
      assertApproved(messageName(type), examples.messages.get(type));
    });
  }

  it('as a message has a type that the sources name', () => {
    assert.deepEqual([...examples.messages.keys()].sort(), [...messageTypes].sort());
  });

  it('is published as was approved', () => assertApproved('sns-publish', examples.publications));

  it('is handed to SES as was approved: the tags come back with its events, perhaps to another release', async () => {
    const send = mock.method(SESv2Client.prototype, 'send', async () => ({ MessageId: 'ses-1' }));
    const provider = sesProvider({ sender: 'orders@shop.example', configurationSet: 'mail', timeoutMs: 1000 });
    await provider.send({
      tenant: 'acme',
      notificationId: 'order_o1_1-1',
      attemptNonce: 'nonce-1',
      recipients: ['ada@example.com'],
      rendered: { channel: 'email', subject: 'Subject', text: 'Text', html: '<p>HTML</p>' },
      isAutomatic: true,
    });
    const [command] = send.mock.calls[0]?.arguments ?? [];
    assertApproved('ses-send-email', command?.input);
  });

  it('is read of SES’s documented event as was approved', () => {
    const send = documented.ses('send');
    const tags = { tenant: ['acme'], notification: ['order_o1_1-1'], attempt: ['nonce-1'] };
    const event = { ...send, mail: { ...send.mail, tags: { ...send.mail.tags, ...tags } } };
    assertApproved('ses-send-event', parseSesEvent(JSON.stringify(event)));
  });

  it('has no approved file that nothing belongs to', () => {
    const requests = upTo(shapeOf('notification-request').readable).map((version) => messageName(requestType(version)));
    const expected = [
      ...rowTypes.flatMap((type) => upTo(shapeOf(type).readable).map((version) => rowName(type, version))),
      ...new Set([...messageTypes.map(messageName), ...requests]),
      'sns-publish',
      'ses-send-email',
      'ses-send-event',
    ];
    assert.deepEqual(approvedNames().sort(), expected.sort());
  });
});

const requestType = (version: number): string => NOTIFICATION_REQUESTED.replace(/\d+$/, String(version));

const stateOf =
  (shape: Shape<unknown>) =>
  (item: Item): unknown =>
    storedStateOf(shape, item);

/** How rows of each type are read. */
const READERS: Record<RowType, (item: Item) => unknown> = {
  order: stateOf(SHAPES.order),
  'listed-order': listedOrderOf,
  projection: stateOf(SHAPES.projection),
  replay: stateOf(SHAPES.replay),
  customer: stateOf(SHAPES.customer),
  customeraddress: stateOf(SHAPES.customeraddress),
  greeting: stateOf(SHAPES.greeting),
  approval: stateOf(SHAPES.approval),
  reminder: stateOf(SHAPES.reminder),
  fallback: stateOf(SHAPES.fallback),
  message: stateOf(SHAPES.message),
  suppressionrequest: stateOf(SHAPES.suppressionrequest),
  erasure: stateOf(SHAPES.erasure),
  notification: stateOf(SHAPES.notification),
  feed: stateOf(SHAPES.feed),
  circuit: stateOf(SHAPES.circuit),
  content: (item) => [contentOf(item), renderedOf(item)],
  attachment: stateOf(SHAPES.attachment),
  outbox: outboxRecordOf,
  outcomes: recipientEventsOf,
  'statistics-minute': (item) => countedIn(SHAPES['statistics-minute'], item),
  'statistics-hour': (item) => countedIn(SHAPES['statistics-hour'], item),
  statisticsreview: stateOf(SHAPES.statisticsreview),
  suppression: suppressionOf,
  'dead-letter': earlierLetterOf,
  deadletter: stateOf(SHAPES.deadletter),
  deadlettergroup: stateOf(SHAPES.deadlettergroup),
  audit: stateOf(SHAPES.audit),
  pauses: stateOf(SHAPES.pauses),
  lanes: stateOf(SHAPES.lanes),
  handled: handledOf,
  requestcount: requestCountOf,
  redrive: stateOf(SHAPES.redrive),
  redrivegroup: stateOf(SHAPES.redrivegroup),
  redrivechunk: stateOf(SHAPES.redrivechunk),
  automaticredrive: stateOf(SHAPES.automaticredrive),
  alarmstate: stateOf(SHAPES.alarmstate),
  settings: stateOf(SHAPES.settings),
  settingsversion: stateOf(SHAPES.settingsversion),
  webhooksettings: stateOf(SHAPES.webhooksettings),
  webhook: stateOf(SHAPES.webhook),
  client: tenantIn,
};

describe('what was approved', () => {
  for (const type of rowTypes) {
    for (const version of upTo(shapeOf(type).readable)) {
      it(`as version ${version} of ${type} rows is still read, also with unknown attributes`, () => {
        const items = approved(rowName(type, version)) as Record<string, Item> | undefined;
        assert.ok(items, `There is no approved example of version ${version}; keep each one that may be stored.`);
        for (const item of Object.values(items)) {
          assert.equal(item.schemaVersion?.N, String(version));
          assert.deepEqual(READERS[type]({ ...item, addedLater: { S: 'x' } }), READERS[type](item));
        }
      });
    }
  }

  for (const version of upTo(shapeOf('notification-request').readable)) {
    it(`as version ${version} of the request is still read, also with unknown data`, async () => {
      const envelope = approved(messageName(requestType(version))) as { data: object };
      const more = { ...envelope, addedlater: 'x', data: { ...envelope.data, addedLater: 'x' } };
      await assert.rejects(
        handleRequest(JSON.stringify(more), () => 30_000, laterSender()),
        (error) => error instanceof PoisonMessage && error.reason === 'NO_SUCH_NOTIFICATION',
        'A request that was understood, about a notification that this store does not have.',
      );
    });
  }
});

/** A sender on the day after everything that was approved: what is not there by then will not come any more. */
const laterSender = () => createWorld({ clock: manualClock(Date.UTC(2026, 0, 2)) }).sender();
