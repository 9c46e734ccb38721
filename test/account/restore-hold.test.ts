import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { examine } from '#infra/account/examine.ts';
import { stateItem } from '#shared/adapters/aws/dynamodb/items.ts';
import { dynamoStore } from '#shared/adapters/aws/dynamodb/store.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { removeFolder } from '#test/support/deployment.ts';
import { inStatus, keyOf, putNotification, stored } from '#test/support/notifications.ts';
import { actionsOf, CALLS_ELSEWHERE, listedActions } from '#test/support/permissions.ts';
import { AwsFault } from '#test/support/recorded-account.ts';
import { MAPPINGS, OWN_TABLE, RESTORED_AT, streamArn } from '#test/support/restorable-account.ts';
import { RESTORE_TO, RESTORED, restorableStage, settings } from './restorable-stage.ts';

describe('npm run restore -- hold and resume', () => {
  const { engine, here, run, done, refused, record, recordFile, states } = restorableStage();
  const OLD = '2026-11-21T08:29:00.000Z';
  const status = async (id: string) =>
    ((await dynamoStore(engine()).read(keyOf(id)))?.state as Notification | undefined)?.status;
  const old = (id: string, of: Notification['status']) =>
    putNotification(dynamoStore(engine()), id, { ...inStatus(of), createdAt: OLD });

  const toRestored = async () => {
    await done('pause');
    await done('restore', '--to', RESTORE_TO);
  };

  it('restores a stage: rows are held before the table is used, and triggers start in the order that sends nothing twice', async () => {
    await old('o1', 'PENDING');
    await old('o2', 'SENT');
    await toRestored();
    assert.match(await refused('resume'), /still uses counterfoil-dev-table\. Deploy it with adoptedTable/);
    const [, counts] = await done('hold');
    assert.match(counts ?? '', /1 notifications held, 0 held before, 1 finished, 0 requested since/);
    assert.deepEqual([await status('o1'), await status('o2')], ['HELD', 'SENT']);
    assert.equal(record().hold?.restoredAt, RESTORED_AT);
    assert.match((await done('hold')).join('\n'), /0 notifications held, 1 held before/);

    here().adopt(RESTORED);
    assert.match(
      await refused('hold'),
      /uses this table, and these triggers run: relay-outbox \(mapping\)\. Run pause first/,
    );
    here().stage.depths = [2, 2, 1];
    const before = here().account.calls.length;
    const printed = await done('resume');
    assert.deepEqual(printed.slice(0, 8), [
      'Starting record-email-feedback (mapping)',
      '2 events of the provider are not recorded yet.',
      '1 events of the provider are not recorded yet.',
      '0 events of the provider are not recorded yet.',
      'Starting wake-due (schedule)',
      'Starting send-email (mapping)',
      'Starting send-sms (mapping)',
      'Starting handle-command (commands)',
    ]);
    assert.deepEqual(states(), ['Enabled', 'Enabled', 'Enabled', 'Enabled']);
    assert.equal(here().schedule.State, 'ENABLED');
    assert.equal(here().lambda.reserved(), undefined);
    const order = here()
      .account.calls.slice(before)
      .map(({ operation, input }) => `${operation} ${input.UUID ?? ''}`);
    const read = order.lastIndexOf('sqs GetQueueAttributes ');
    assert.ok(order.indexOf(`lambda UpdateEventSourceMapping ${MAPPINGS['record-email-feedback']}`) < read);
    assert.ok(read < order.indexOf(`lambda UpdateEventSourceMapping ${MAPPINGS['send-email']}`));
    assert.equal(existsSync(recordFile()), false, 'the next restore starts without a record');
    const guide = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'how-to', 'restore.md'), 'utf8');
    const unlisted = here()
      .account.operations()
      .filter((call) => !guide.includes(`\`${call.split(' ')[1]}\``));
    assert.deepEqual([...new Set(unlisted)], [], 'calls that docs/how-to/restore.md does not list');
    // These are all steps. A write reads the row again only after a conflict, and there was none here().
    const calls = [...here().account.operations(), 'dynamodb BatchGetItem'];
    assert.deepEqual(actionsOf(calls), listedActions().get('restore'));
  });

  it('starts exactly the triggers that ran, with their former concurrency', async () => {
    here().lambda.setState(MAPPINGS['send-sms'], 'Disabled');
    here().lambda.reserve(7);
    await done('pause');
    assert.equal(here().lambda.reserved(), 0);
    const printed = await done('resume');
    assert.equal(here().lambda.stateOf(MAPPINGS['send-sms']), 'Disabled');
    assert.equal(here().lambda.reserved(), 7);
    assert.match(printed.join('\n'), /Stopped before the pause, and still stopped: send-sms \(mapping\)\./);
  });

  it('starts feedback first and waits for it, also with the record of a release that had another name for it', async () => {
    await done('pause');
    const file = recordFile();
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace('record-email-feedback (mapping)', 'record-feedback (mapping)'),
    );
    here().stage.depths = [1];
    assert.deepEqual((await done('resume')).slice(0, 3), [
      'Starting record-email-feedback (mapping)',
      '1 events of the provider are not recorded yet.',
      '0 events of the provider are not recorded yet.',
    ]);
    assert.deepEqual(states(), ['Enabled', 'Enabled', 'Enabled', 'Enabled']);
  });

  it('does not resume before everything is held, unless the restore is abandoned', async () => {
    await toRestored();
    here().adopt(RESTORED);
    assert.match(await refused('resume'), /Not everything in .* is held: run hold/);
    here().stage.tableName = OWN_TABLE;
    await done('resume', '--old-table');
    assert.deepEqual(states(), ['Enabled', 'Enabled', 'Enabled', 'Enabled']);
  });

  it('lists unreadable rows, returns exit code 1, and resumes only with --despite-unreadable', async () => {
    const due = stored({ ...inStatus('PENDING'), createdAt: OLD });
    const Item = { ...stateItem(keyOf('newer'), due), schemaVersion: { N: '99' } };
    await engine().client.send(new PutItemCommand({ TableName: engine().tableName, Item }));
    await toRestored();
    const { code, printed } = await run('hold');
    assert.equal(code, 1);
    assert.match(
      printed.join('\n'),
      /UNREADABLE, NOT HELD: acme#order#newer NOTIFICATION#order_newer_1-1: NEWER_VERSION/,
    );
    here().adopt(RESTORED);
    await done('pause');
    assert.match(await refused('resume'), /1 notifications in .* cannot be read and therefore not be held/);
    await done('resume', '--despite-unreadable');
  });

  it('reads the table itself to check that everything is held, even if the record is lost', async () => {
    await old('o1', 'PENDING');
    await toRestored();
    here().adopt(RESTORED);
    removeFolder(recordFile());
    const refusal = await refused('resume', '--everything');
    assert.match(refusal, /1 notifications in .* are older than the restore and would be sent: run hold/);
    await done('pause');
    await done('hold');
    // Notifications that were requested after the restore are not read.
    await putNotification(dynamoStore(engine()), 'young', {
      ...inStatus('PENDING'),
      createdAt: '2026-11-21T09:30:00Z',
    });
    await done('resume', '--everything');
    assert.equal(await status('young'), 'PENDING');
  });

  it('refuses a deployment onto the table before everything is held, and a deployment without it afterwards', async () => {
    await old('o1', 'PENDING');
    await toRestored();
    const faults = async (adoptedTable: string | undefined) => {
      here().account.calls.length = 0;
      const { results } = await examine({
        stage: 'dev',
        settings: { ...settings, ...(adoptedTable && { adoptedTable }) },
        client: here().account.client,
        resolveCname: () => Promise.reject(new Error('ENOTFOUND')),
        only: ({ name }) => name === 'table',
      });
      return results.flatMap(({ findings }) => findings).map(({ severity, fault }) => `${severity}: ${fault}`);
    };
    assert.deepEqual(await faults(undefined), []);
    assert.match((await faults(streamArn(RESTORED))).join(), /^deploy: 1 notifications in .* are not held/);
    const byTheStore = here()
      .account.operations()
      .filter((call) => /^dynamodb (?!Describe)/.test(call));
    assert.deepEqual([...new Set(byTheStore)], CALLS_ELSEWHERE.doctor, 'the basis of docs/reference/permissions.md');
    await done('hold');
    assert.deepEqual(await faults(streamArn(RESTORED)), []);
    here().adopt(RESTORED);
    assert.deepEqual(await faults(streamArn(RESTORED)), []);
    assert.match((await faults(undefined)).join(), /^deploy: Stage dev uses .* it would begin with a new, empty table/);
  });

  it('continues where DynamoDB throttled it', async () => {
    await old('o1', 'PENDING');
    await toRestored();
    const scan = here().account.answers['dynamodb Scan'] ?? assert.fail();
    here().account.answers['dynamodb Scan'] = new AwsFault('ProvisionedThroughputExceededException', 'slow down');
    assert.match(
      await refused('hold'),
      /ProvisionedThroughputExceededException\. Run hold again: it continues from here/,
    );
    here().account.answers['dynamodb Scan'] = scan;
    await done('hold');
    assert.equal(await status('o1'), 'HELD');
  });

  it('holds nothing in a table that is not a restored copy', async () => {
    await done('pause');
    assert.match(await refused('hold'), /is not a restored table/);
  });

  it('refuses to resume without a record of what ran', async () => {
    assert.match(await refused('resume'), /does not record what ran before a pause/);
    await done('pause');
    writeFileSync(recordFile(), '{}');
    assert.match(await refused('resume'), /belongs to stage undefined/);
    writeFileSync(recordFile(), '{');
    assert.match(await refused('resume'), /cannot be read/);
    removeFolder(recordFile());
    await done('resume', '--everything');
    assert.deepEqual(states(), ['Enabled', 'Enabled', 'Enabled', 'Enabled']);
    assert.equal(here().lambda.reserved(), undefined);
  });
});
