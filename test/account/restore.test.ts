import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { restoredTableName } from '#infra/account/restore/tables.ts';
import { restore } from '#infra/account/restore.ts';
import { ran } from '#test/support/account-commands.ts';
import { AwsFault } from '#test/support/recorded-account.ts';
import { MAPPINGS, OWN_TABLE, streamArn } from '#test/support/restorable-account.ts';
import { EVERYTHING, RESTORE_TO, RESTORED, restorableStage, settings } from './restorable-stage.ts';

describe('npm run restore', () => {
  const { here, folder, run, done, refused, record, states, changes } = restorableStage();

  describe('pause', () => {
    it('stops mappings, schedule and commands, waits until they have stopped, and records what ran', async () => {
      here().lambda.setState(MAPPINGS['send-sms'], 'Disabled');
      await done('pause');
      assert.deepEqual(states(), ['Disabled', 'Disabled', 'Disabled', 'Disabled']);
      assert.equal(here().schedule.State, 'DISABLED');
      assert.equal(here().lambda.reserved(), 0);
      const { paused } = record();
      assert.deepEqual(
        paused?.running,
        EVERYTHING.filter((name) => !name.startsWith('send-sms')),
      );
      assert.deepEqual(paused?.reserved, { 'handle-command': null });
    });

    it('changes only the state of the schedule', async () => {
      const { State: _, ...before } = structuredClone(here().schedule);
      await done('pause');
      const { State, ...after } = here().schedule;
      assert.equal(State, 'DISABLED');
      assert.deepEqual(after, before);
    });

    it('keeps the first record when it runs again, and stops what a deployment has started in the meantime', async () => {
      await done('pause');
      const first = record();
      const changesOnce = changes().length;
      await done('pause');
      assert.deepEqual(record(), first);
      assert.equal(changes().length, changesOnce, 'stopped triggers are not changed');
      here().lambda.replaceMapping('uuid-relay', 'uuid-relay-2');
      await done('pause');
      assert.equal(here().lambda.stateOf('uuid-relay-2'), 'Disabled');
      assert.deepEqual(record(), first);
    });

    it('records what ran before it changes anything, so a refusal of AWS loses no record', async () => {
      const update = here().account.answers['scheduler UpdateSchedule'] ?? assert.fail();
      here().account.answers['scheduler UpdateSchedule'] = new AwsFault('AccessDeniedException', 'not yours', 403);
      assert.match(await refused('pause'), /AccessDeniedException: not yours/);
      assert.deepEqual(record().paused?.running, EVERYTHING);
      here().account.answers['scheduler UpdateSchedule'] = update;
      await done('pause');
      assert.deepEqual(record().paused?.running, EVERYTHING);
      assert.equal(here().schedule.State, 'DISABLED');
    });
  });

  describe('restore', () => {
    it('reports a running stage, a stack that would delete its table and a time out of range in one refusal', async () => {
      here().stage.deletionPolicy = 'Delete';
      const refusal = await refused('restore', '--to', '2026-10-01T00:00:00Z');
      assert.match(refusal, /is not paused; these run: handle-command \(commands\), record-email-feedback/);
      assert.match(refusal, /Set removal of stage dev to "retain"/);
      assert.match(refusal, /from 2026-11-01T00:00:00\.000Z to 2026-11-21T08:55:00\.000Z, not to 2026-10-01/);
      assert.equal(refusal.split('\n').length, 3);
      assert.deepEqual(changes(), []);
    });

    it('refuses a table without point-in-time recovery, and a missing table', async () => {
      await done('pause');
      here().dynamo.stopBackups();
      assert.match(await refused('restore', '--to', RESTORE_TO), /recovery of counterfoil-dev-table is disabled/);
      here().dynamo.dropTable(OWN_TABLE);
      assert.match(await refused('restore', '--to', RESTORE_TO), /There is no table counterfoil-dev-table/);
    });

    it('refuses an invalid timestamp before any call of AWS', async () => {
      for (const to of [
        'yesterday',
        '2026-11-21',
        '2026-11-21T08:30:00',
        '2026-13-01T00:00:00Z',
        '2026-02-30T00:00:00Z',
      ])
        assert.match(await refused('restore', '--to', to), /--to 2026-01-31T09:30:00Z/, to);
      assert.match(await refused('restore'), /--to 2026-01-31T09:30:00Z/);
      assert.match(await refused('restore', '--to', '2999-01-01T00:00:00Z'), /is in the future/);
      assert.deepEqual(here().account.calls, []);
    });

    it('creates a table with the same key, and adds what DynamoDB’s restore leaves out', async () => {
      await done('pause');
      const printed = await done('restore', '--to', '2026-11-21T09:30:00.999+01:00');
      const request = here().account.calls.find(({ operation }) => operation === 'dynamodb RestoreTableToPointInTime');
      assert.deepEqual(request?.input, {
        SourceTableName: OWN_TABLE,
        TargetTableName: RESTORED,
        RestoreDateTime: Date.parse(RESTORE_TO) / 1000,
        SSESpecificationOverride: {
          Enabled: true,
          SSEType: 'KMS',
          KMSMasterKeyId: 'arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555',
        },
      });
      const table = here().dynamo.table(RESTORED);
      assert.deepEqual(table?.StreamSpecification, { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' });
      assert.equal(table?.DeletionProtectionEnabled, true);
      assert.equal(
        here().dynamo.table(OWN_TABLE)?.DeletionProtectionEnabled,
        true,
        'the old one, whatever the stack does',
      );
      assert.deepEqual([here().dynamo.isExpiring(RESTORED), here().dynamo.isBackedUp(RESTORED)], [true, true]);
      assert.deepEqual(here().dynamo.tagsOf(RESTORED), [{ Key: 'app', Value: 'counterfoil' }]);
      assert.equal(printed.at(-1), `    adoptedTable: '${streamArn(RESTORED)}',`);
      assert.deepEqual(record().restored, {
        fromTable: OWN_TABLE,
        moment: '2026-11-21T08:30:00.000Z',
        tableName: RESTORED,
      });
    });

    it('continues where it was interrupted, and repeats no finished change', async () => {
      await done('pause');
      const update = here().account.answers['dynamodb UpdateTimeToLive'] ?? assert.fail();
      here().account.answers['dynamodb UpdateTimeToLive'] = new AwsFault('InternalServerError', 'sorry', 400);
      assert.match(await refused('restore', '--to', RESTORE_TO), /InternalServerError/);
      here().account.answers['dynamodb UpdateTimeToLive'] = update;
      await done('restore', '--to', RESTORE_TO);
      assert.deepEqual([here().dynamo.isExpiring(RESTORED), here().dynamo.isBackedUp(RESTORED)], [true, true]);
      const before = changes().length;
      await done('restore', '--to', RESTORE_TO);
      assert.deepEqual(changes().slice(before), ['dynamodb TagResource']);
      assert.equal(changes().filter((name) => name === 'dynamodb RestoreTableToPointInTime').length, 1);
    });

    it('accepts another time on a second run', async () => {
      await done('pause');
      await done('restore', '--to', RESTORE_TO);
      const printed = await done('restore', '--to', '2026-11-21T08:00:00Z');
      assert.match(printed.join('\n'), new RegExp(`${RESTORED} is kept, too`));
      assert.equal(record().restored?.tableName, 'counterfoil-dev-20261121T080000Z');
      assert.equal(record().restored?.fromTable, OWN_TABLE);
    });

    it('refuses a table that has the name but is not the result of this restore', async () => {
      await done('pause');
      here().dynamo.addTable(RESTORED);
      assert.match(
        await refused('restore', '--to', RESTORE_TO),
        /it is not counterfoil-dev-table as of .*Choose another second/,
      );
      assert.equal(record().restored, undefined);
    });
  });

  it('status prints the state and the next step, and changes nothing', async () => {
    const next = async () => (await done('status')).at(-1);
    assert.match((await next()) ?? '', /A restore starts with npm run restore -- --stage dev pause/);
    await done('pause');
    assert.match((await next()) ?? '', /restore --to/);
    await done('restore', '--to', RESTORE_TO);
    assert.match((await next()) ?? '', /dev hold$/);
    await run('hold');
    const printed = await done('status');
    assert.match(printed.at(-1) ?? '', /deploy with adoptedTable: npm run deploy -- --stage dev --all-at-once$/);
    assert.ok(printed.join('\n').includes(`adoptedTable: '${streamArn(RESTORED)}'`));
    here().lambda.setState(MAPPINGS['send-email'], 'Enabled');
    assert.match((await next()) ?? '', /pause again, or .* resume if it was interrupted/);
    await done('pause');
    here().adopt(RESTORED);
    const before = changes();
    assert.match((await next()) ?? '', /dev resume$/);
    assert.deepEqual(changes(), before);
  });

  it('names any missing resource, and the next step', async () => {
    const gone = new AwsFault('ResourceNotFoundException', 'The resource you requested does not exist.', 404);
    const cases: [operation: string, fault: AwsFault, args: string[], named: RegExp][] = [
      ['lambda GetFunctionConfiguration', gone, ['pause'], /\(GetFunctionConfiguration, FunctionName counterfoil-dev-/],
      ['lambda GetEventSourceMapping', gone, ['pause'], /\(GetEventSourceMapping, UUID uuid-/],
      ['lambda GetFunctionConcurrency', gone, ['status'], /FunctionName counterfoil-dev-handle-command-XYZ/],
      ['scheduler GetSchedule', gone, ['status'], /\(GetSchedule, Name counterfoil-dev-everyminute-1ABC\)/],
      [
        'dynamodb DescribeContinuousBackups',
        new AwsFault('TableNotFoundException', 'Table not found', 400),
        ['restore', '--to', RESTORE_TO],
        /\(DescribeContinuousBackups, TableName counterfoil-dev-table\)/,
      ],
      [
        'sqs GetQueueAttributes',
        new AwsFault('AWS.SimpleQueueService.NonExistentQueue', 'The specified queue does not exist.'),
        ['resume'],
        /\(GetQueueAttributes, QueueUrl http.*record-email-feedback\)/,
      ],
    ];
    for (const [operation, fault, args, named] of cases) {
      if (args[0] !== 'pause' && args[0] !== 'status') await done('pause');
      const usual = here().account.answers[operation] ?? assert.fail(operation);
      here().account.answers[operation] = fault;
      const refusal = await refused(...args);
      here().account.answers[operation] = usual;
      assert.match(refusal, named, operation);
      assert.match(refusal, /Nothing else was tried\. The resource was deleted outside the stack/, operation);
    }
  });

  it('makes no further call in another account than the stage’s', async () => {
    const elsewhere = { ...settings, account: '210987654321' };
    const { code, refused: refusal } = await ran(restore, ['--stage', 'dev', 'pause'], {
      account: here().account,
      settings: elsewhere,
      folder: folder(),
    });
    assert.equal(code, 1);
    assert.match(
      refusal.join(),
      /^Stage dev belongs to account 210987654321; these credentials are of account 123456789012/,
    );
    assert.deepEqual(here().account.operations(), ['sts GetCallerIdentity']);
  });

  it('refuses invalid input before any call of AWS', async () => {
    assert.match(await refused('undo'), /^Usage: npm run restore/);
    assert.match(await refused('pause', 'resume'), /^Usage: npm run restore/);
    assert.match(
      await refused('pause', '--to', RESTORE_TO, '--everything'),
      /pause does not accept --to\.\npause does not accept --everything/,
    );
    for (const rate of ['0', '-1', 'fast', '1.5'])
      assert.match(await refused('hold', `--rate=${rate}`), /is not a positive whole number of rows/);
    assert.deepEqual(here().account.calls, []);
  });

  it('names a restored table after the stack and the restored second', () => {
    assert.equal(restoredTableName('counterfoil-dev', new Date('2026-11-21T08:30:00.999Z')), RESTORED);
  });
});
