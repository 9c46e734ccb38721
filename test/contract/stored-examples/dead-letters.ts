import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { deadLetterLists } from '#shared/adapters/aws/dynamodb/dead-letter-lists.ts';
import type { Item } from '#shared/adapters/aws/dynamodb/items.ts';
import { decidingRow, decidingRows, letterReader, redriveSets } from '#shared/adapters/aws/dynamodb/redrives.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { plannersOf } from '#shared/adapters/aws/runtime/redrive-planners.ts';
import { schemaOfMessage } from '#shared/api/messages.ts';
import { planRoutes } from '#shared/api/routes.ts';
import { serveRoutes } from '#shared/http/route.ts';
import { DEAD_LETTER, deadLetterIdOf, fingerprintOf } from '#shared/once/dead-letter.ts';
import { marked } from '#shared/once/redriven-letter.ts';
import { REDRIVE, RESERVATION } from '#shared/redrive/redrive.ts';
import { approved } from '#test/support/approved.ts';
import { envelopeOf } from '#test/support/envelope.ts';
import { bodyOf, httpEvent, TENANT_CLAIM } from '#test/support/http-event.ts';
import { aLetter } from '#test/support/redrive-world.ts';
import type { TestTable } from '#test/support/table.ts';
import type { Stage } from './stage.ts';

type Rows = Record<'dead-letter' | 'deadletter' | 'deadlettergroup' | 'audit', Record<string, Item>>;

/** What gave up, in the form of this release and of the first one, and what operators did with it. */
export async function deadLetters(
  table: TestTable,
  { store, clock, ports, itemAt, ask, everything }: Stage,
): Promise<Rows> {
  const { client, tableName } = table;
  const letter = {
    subscriber: 'send-email',
    id: 'envelope-1',
    reason: 'MALFORMED',
    detail: 'What is wrong.',
    message: '{"type":"a.b.v1","tenantid":"acme","subject":"order/o1","correlationid":"c"}',
    error: { name: 'PoisonMessage', frames: ['shared/messaging/parse.ts:1'] },
    attempts: 5,
  };
  const other = { subscriber: 'record-feedback', id: 'hash', reason: 'MALFORMED', detail: 'What is wrong.' };
  const carded = aLetter('envelope-3');
  await store.recordDeadLetter(letter, clock.now());
  await store.recordDeadLetter(carded.letter, clock.now());
  await store.recordDeadLetter(other, clock.now());
  await store.recordDeadLetter(other, clock.now() + 1000);
  const redriven = { ...letter, id: 'envelope-2' };
  await store.recordDeadLetter(redriven, clock.now());
  const at = new Date(clock.now()).toISOString();
  const mark = { generation: 1, redriveId: 'redrive-1', actor: 'operator', at };
  await store.changeDeadLetter(deadLetterIdOf(redriven), marked(mark));
  const deadLetterId = deadLetterIdOf(other);
  const fingerprint = fingerprintOf(letter);
  await ask('POST /dead-letters/{deadLetterId}/discard', 'discard', { reason: 'A test.' }, { deadLetterId });
  const described = { owner: 'mail team', note: 'Known.' };
  await ask('PATCH /dead-letters/groups/{fingerprint}', 'describe', described, { fingerprint });
  const replaced = await anEdit(table, { store, clock, ports });
  // No function of this release writes these rows.
  const earlier = approved('row.dead-letter.v1') as Record<string, Item>;
  for (const row of Object.values(earlier)) await client.send(new PutItemCommand({ TableName: tableName, Item: row }));
  const groupRow = (fingerprintOfGroup: string) =>
    itemAt('#stage#deadletters', `DEADLETTERGROUP#${fingerprintOfGroup}`);
  const audit = (await everything()).filter(({ type }) => type?.S === 'audit');
  return {
    'dead-letter': earlier,
    deadletter: {
      open: await itemAt(`#deadletter#${deadLetterIdOf(letter)}`, 'STATE'),
      redriving: await itemAt(`#deadletter#${deadLetterIdOf(redriven)}`, 'STATE'),
      'with a card': await itemAt(`#deadletter#${carded.deadLetterId}`, 'STATE'),
      'discarded, seen twice': await itemAt(`#deadletter#${deadLetterId}`, 'STATE'),
      'closed by an edit': await itemAt(`#deadletter#${replaced.deadLetterId}`, 'STATE'),
      'edited message': await itemAt(`#deadletter#${replaced.editedTo}`, 'STATE'),
    },
    deadlettergroup: {
      'with an owner and a note': await groupRow(fingerprint),
      plain: await groupRow(fingerprintOf(other)),
    },
    audit: Object.fromEntries(audit.map((row) => [row.state?.M?.action?.S ?? '', row])),
  };
}

/** A dead letter whose message an operator has edited. */
async function anEdit(table: TestTable, { store, clock, ports }: Pick<Stage, 'store' | 'clock' | 'ports'>) {
  const routes = serveRoutes(
    planRoutes(),
    {
      ...ports,
      secret: async () => 'key',
      letterLists: deadLetterLists(table),
      letterReader: letterReader(table),
      redriveSets: redriveSets(table),
      rowsAt: decidingRows(table),
      plannerOf: plannersOf('project-orders'),
      pausedSubscribers: async () => new Map(),
      editing: {
        letters: stateStore(table, DEAD_LETTER),
        redrives: stateStore(table, REDRIVE),
        reservations: stateStore(table, RESERVATION),
        rowAt: decidingRow(table),
        schemaOf: schemaOfMessage,
      },
    },
    { tenantClaim: TENANT_CLAIM },
  );
  const message = envelopeOf({ type: 'counterfoil.customer.registered.v1', subject: 'customer/c1', data: {} });
  const letter = { subscriber: 'project-orders', id: message.id, reason: 'MALFORMED', detail: 'What is wrong.' };
  await store.recordDeadLetter({ ...letter, message: JSON.stringify(message) }, clock.now());
  const deadLetterId = deadLetterIdOf(letter);
  const answer = await routes(
    httpEvent({
      routeKey: 'POST /dead-letters/{deadLetterId}/edit',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': 'edit',
        'x-correlation-id': 'correlation-of-edit',
      },
      pathParameters: { deadLetterId },
      body: JSON.stringify({ message: { ...message, data: { customerId: 'c1' } }, reason: 'A test.' }),
    }),
  );
  const { editedTo = '' } = bodyOf<{ editedTo?: string }>(answer);
  return { deadLetterId, editedTo };
}
