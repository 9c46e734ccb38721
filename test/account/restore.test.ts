import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { examine } from '#infra/account/examine.ts';
import type { RestoreRecord } from '#infra/account/restore/record.ts';
import { restoredTableName } from '#infra/account/restore/tables.ts';
import { restore } from '#infra/account/restore.ts';
import { stateItem } from '#shared/adapters/aws/dynamodb/items.ts';
import { dynamoStore } from '#shared/adapters/aws/dynamodb/store.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { ownSettings, type Ran, ran } from '#test/support/account-commands.ts';
import { removeFolder, temporaryFolder } from '#test/support/deployment.ts';
import { inStatus, keyOf, putNotification, stored } from '#test/support/notifications.ts';
import { actionsOf, CALLS_ELSEWHERE, listedActions } from '#test/support/permissions.ts';
import { AwsFault } from '#test/support/recorded-account.ts';
import {
  MAPPINGS,
  OWN_TABLE,
  RESTORED_AT,
  startRestorableAccount,
  streamArn,
} from '#test/support/restorable-account.ts';
import { replaceRows } from '#test/support/rows.ts';
import { startTable, type TestTable } from '#test/support/table.ts';

const RESTORE_TO = '2026-11-21T08:30:00Z';
const RESTORED = 'counterfoil-dev-20261121T083000Z';
const EVERYTHING = [
  'handle-command (commands)',
  'record-email-feedback (mapping)',
  'relay-outbox (mapping)',
  'send-email (mapping)',
  'send-sms (mapping)',
  'wake-due (schedule)',
];

/** Settings of a stage that retains its table and trusts SQS's counts at once. */
const settings = ownSettings((dev) => ({
  ...dev,
  removal: 'retain',
  email: { ...dev.email, feedCountLagSeconds: 0 },
}));

let engine: TestTable;
before(async () => {
  engine = await startTable();
});
after(() => engine.stop());

/** The data plane of every table, served by a real engine. */
async function forward(operation: string, input: Record<string, unknown>): Promise<object> {
  const endpoint = await engine.client.config.endpoint?.();
  const response = await fetch(`http://127.0.0.1:${endpoint?.port}/`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      'x-amz-date': '20260101T000000Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: JSON.stringify(input).replaceAll(`"${RESTORED}"`, `"${engine.tableName}"`),
  });
  const answer = (await response.json()) as { __type?: string };
  return response.ok ? answer : new AwsFault(answer.__type?.split('#').at(-1) ?? 'InternalFailure');
}

describe('npm run restore', () => {
  let here: Awaited<ReturnType<typeof startRestorableAccount>>;
  let folder: string;
  beforeEach(async () => {
    await replaceRows(engine, []);
    here = await startRestorableAccount(forward);
    folder = temporaryFolder();
  });
  afterEach(async () => {
    await here.account.close();
    removeFolder(folder);
  });

  const run = (...args: string[]): Promise<Ran> =>
    ran(restore, ['--stage', 'dev', ...args], { account: here.account, settings, folder, pollMs: 1 });
  /** Like `run`, for a step that must succeed. */
  const done = async (...args: string[]): Promise<string[]> => {
    const { code, printed, refused } = await run(...args);
    assert.deepEqual([code, refused], [0, []], args.join(' '));
    return printed;
  };
  const refused = async (...args: string[]): Promise<string> => {
    const answer = await run(...args);
    assert.equal(answer.code, 1, answer.printed.join('\n'));
    return answer.refused.join('\n');
  };
  const record = (): RestoreRecord => JSON.parse(readFileSync(join(folder, 'restore.dev.json'), 'utf8'));
  const states = () => here.lambda.mappingIds().map((id) => here.lambda.stateOf(id));
  const changes = () =>
    here.account.operations().filter((name) => / (Update|Put|Delete|Restore|Tag|Transact)/.test(name));

  describe('pause', () => {
    it('stops mappings, schedule and commands, waits until they have stopped, and records what ran', async () => {
      here.lambda.setState(MAPPINGS['send-sms'], 'Disabled');
      await done('pause');
      assert.deepEqual(states(), ['Disabled', 'Disabled', 'Disabled', 'Disabled']);
      assert.equal(here.schedule.State, 'DISABLED');
      assert.equal(here.lambda.reserved(), 0);
      const { paused } = record();
      assert.deepEqual(
        paused?.running,
        EVERYTHING.filter((name) => !name.startsWith('send-sms')),
      );
      assert.deepEqual(paused?.reserved, { 'handle-command': null });
    });

    it('changes only the state of the schedule', async () => {
      const { State: _, ...before } = structuredClone(here.schedule);
      await done('pause');
      const { State, ...after } = here.schedule;
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
      here.lambda.replaceMapping('uuid-relay', 'uuid-relay-2');
      await done('pause');
      assert.equal(here.lambda.stateOf('uuid-relay-2'), 'Disabled');
      assert.deepEqual(record(), first);
    });

    it('records what ran before it changes anything, so a refusal of AWS loses no record', async () => {
      const update = here.account.answers['scheduler UpdateSchedule'] ?? assert.fail();
      here.account.answers['scheduler UpdateSchedule'] = new AwsFault('AccessDeniedException', 'not yours', 403);
      assert.match(await refused('pause'), /AccessDeniedException: not yours/);
      assert.deepEqual(record().paused?.running, EVERYTHING);
      here.account.answers['scheduler UpdateSchedule'] = update;
      await done('pause');
      assert.deepEqual(record().paused?.running, EVERYTHING);
      assert.equal(here.schedule.State, 'DISABLED');
    });
  });

  describe('restore', () => {
    it('reports a running stage, a stack that would delete its table and a time out of range in one refusal', async () => {
      here.stage.deletionPolicy = 'Delete';
      const said = await refused('restore', '--to', '2026-10-01T00:00:00Z');
      assert.match(said, /is not paused; these run: handle-command \(commands\), record-email-feedback/);
      assert.match(said, /Set removal of stage dev to "retain"/);
      assert.match(said, /from 2026-11-01T00:00:00\.000Z to 2026-11-21T08:55:00\.000Z, not to 2026-10-01/);
      assert.equal(said.split('\n').length, 3);
      assert.deepEqual(changes(), []);
    });

    it('refuses a table without point-in-time recovery, and a missing table', async () => {
      await done('pause');
      here.dynamo.stopBackups();
      assert.match(await refused('restore', '--to', RESTORE_TO), /recovery of counterfoil-dev-table is disabled/);
      here.dynamo.dropTable(OWN_TABLE);
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
      assert.deepEqual(here.account.calls, []);
    });

    it('creates a table with the same key, and adds what DynamoDB’s restore leaves out', async () => {
      await done('pause');
      const printed = await done('restore', '--to', '2026-11-21T09:30:00.999+01:00');
      const request = here.account.calls.find(({ operation }) => operation === 'dynamodb RestoreTableToPointInTime');
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
      const table = here.dynamo.table(RESTORED);
      assert.deepEqual(table?.StreamSpecification, { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' });
      assert.equal(table?.DeletionProtectionEnabled, true);
      assert.equal(
        here.dynamo.table(OWN_TABLE)?.DeletionProtectionEnabled,
        true,
        'the old one, whatever the stack does',
      );
      assert.deepEqual([here.dynamo.isExpiring(RESTORED), here.dynamo.isBackedUp(RESTORED)], [true, true]);
      assert.deepEqual(here.dynamo.tagsOf(RESTORED), [{ Key: 'app', Value: 'counterfoil' }]);
      assert.equal(printed.at(-1), `    adoptedTable: '${streamArn(RESTORED)}',`);
      assert.deepEqual(record().restored, {
        fromTable: OWN_TABLE,
        moment: '2026-11-21T08:30:00.000Z',
        tableName: RESTORED,
      });
    });

    it('continues where it was interrupted, and repeats no finished change', async () => {
      await done('pause');
      const update = here.account.answers['dynamodb UpdateTimeToLive'] ?? assert.fail();
      here.account.answers['dynamodb UpdateTimeToLive'] = new AwsFault('InternalServerError', 'sorry', 400);
      assert.match(await refused('restore', '--to', RESTORE_TO), /InternalServerError/);
      here.account.answers['dynamodb UpdateTimeToLive'] = update;
      await done('restore', '--to', RESTORE_TO);
      assert.deepEqual([here.dynamo.isExpiring(RESTORED), here.dynamo.isBackedUp(RESTORED)], [true, true]);
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
      here.dynamo.addTable(RESTORED);
      assert.match(
        await refused('restore', '--to', RESTORE_TO),
        /it is not counterfoil-dev-table as of .*Choose another second/,
      );
      assert.equal(record().restored, undefined);
    });
  });

  describe('hold and resume', () => {
    const OLD = '2026-11-21T08:29:00.000Z';
    const status = async (id: string) =>
      ((await dynamoStore(engine).read(keyOf(id)))?.state as Notification | undefined)?.status;
    const old = (id: string, of: Notification['status']) =>
      putNotification(dynamoStore(engine), id, { ...inStatus(of), createdAt: OLD });

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

      here.adopt(RESTORED);
      assert.match(
        await refused('hold'),
        /uses this table, and these triggers run: relay-outbox \(mapping\)\. Run pause first/,
      );
      here.stage.depths = [2, 2, 1];
      const before = here.account.calls.length;
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
      assert.equal(here.schedule.State, 'ENABLED');
      assert.equal(here.lambda.reserved(), undefined);
      const order = here.account.calls.slice(before).map(({ operation, input }) => `${operation} ${input.UUID ?? ''}`);
      const read = order.lastIndexOf('sqs GetQueueAttributes ');
      assert.ok(order.indexOf(`lambda UpdateEventSourceMapping ${MAPPINGS['record-email-feedback']}`) < read);
      assert.ok(read < order.indexOf(`lambda UpdateEventSourceMapping ${MAPPINGS['send-email']}`));
      assert.equal(existsSync(join(folder, 'restore.dev.json')), false, 'the next restore starts without a record');
      const guide = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'how-to', 'restore.md'), 'utf8');
      const unlisted = here.account.operations().filter((call) => !guide.includes(`\`${call.split(' ')[1]}\``));
      assert.deepEqual([...new Set(unlisted)], [], 'calls that docs/how-to/restore.md does not list');
      // These are all steps. A write reads the row again only after a conflict, and there was none here.
      const asked = [...here.account.operations(), 'dynamodb BatchGetItem'];
      assert.deepEqual(actionsOf(asked), listedActions().get('restore'));
    });

    it('starts exactly the triggers that ran, with their former concurrency', async () => {
      here.lambda.setState(MAPPINGS['send-sms'], 'Disabled');
      here.lambda.reserve(7);
      await done('pause');
      assert.equal(here.lambda.reserved(), 0);
      const printed = await done('resume');
      assert.equal(here.lambda.stateOf(MAPPINGS['send-sms']), 'Disabled');
      assert.equal(here.lambda.reserved(), 7);
      assert.match(printed.join('\n'), /Stopped before the pause, and still stopped: send-sms \(mapping\)\./);
    });

    it('starts feedback first and waits for it, also with the record of a release that had another name for it', async () => {
      await done('pause');
      const file = join(folder, 'restore.dev.json');
      writeFileSync(
        file,
        readFileSync(file, 'utf8').replace('record-email-feedback (mapping)', 'record-feedback (mapping)'),
      );
      here.stage.depths = [1];
      assert.deepEqual((await done('resume')).slice(0, 3), [
        'Starting record-email-feedback (mapping)',
        '1 events of the provider are not recorded yet.',
        '0 events of the provider are not recorded yet.',
      ]);
      assert.deepEqual(states(), ['Enabled', 'Enabled', 'Enabled', 'Enabled']);
    });

    it('does not resume before everything is held, unless the restore is abandoned', async () => {
      await toRestored();
      here.adopt(RESTORED);
      assert.match(await refused('resume'), /Not everything in .* is held: run hold/);
      here.stage.tableName = OWN_TABLE;
      await done('resume', '--old-table');
      assert.deepEqual(states(), ['Enabled', 'Enabled', 'Enabled', 'Enabled']);
    });

    it('lists unreadable rows, returns exit code 1, and resumes only with --despite-unreadable', async () => {
      const due = stored({ ...inStatus('PENDING'), createdAt: OLD });
      const Item = { ...stateItem(keyOf('newer'), due), schemaVersion: { N: '99' } };
      await engine.client.send(new PutItemCommand({ TableName: engine.tableName, Item }));
      await toRestored();
      const { code, printed } = await run('hold');
      assert.equal(code, 1);
      assert.match(
        printed.join('\n'),
        /UNREADABLE, NOT HELD: acme#order#newer NOTIFICATION#order_newer_1-1: NEWER_VERSION/,
      );
      here.adopt(RESTORED);
      await done('pause');
      assert.match(await refused('resume'), /1 notifications in .* cannot be read and therefore not be held/);
      await done('resume', '--despite-unreadable');
    });

    it('reads the table itself to check that everything is held, even if the record is lost', async () => {
      await old('o1', 'PENDING');
      await toRestored();
      here.adopt(RESTORED);
      removeFolder(join(folder, 'restore.dev.json'));
      const said = await refused('resume', '--everything');
      assert.match(said, /1 notifications in .* are older than the restore and would be sent: run hold/);
      await done('pause');
      await done('hold');
      // Notifications that were requested after the restore are not read.
      await putNotification(dynamoStore(engine), 'young', {
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
        here.account.calls.length = 0;
        const { results } = await examine({
          stage: 'dev',
          settings: { ...settings, ...(adoptedTable && { adoptedTable }) },
          client: here.account.client,
          resolveCname: () => Promise.reject(new Error('ENOTFOUND')),
          only: ({ name }) => name === 'table',
        });
        return results.flatMap(({ findings }) => findings).map(({ severity, fault }) => `${severity}: ${fault}`);
      };
      assert.deepEqual(await faults(undefined), []);
      assert.match((await faults(streamArn(RESTORED))).join(), /^deploy: 1 notifications in .* are not held/);
      const byTheStore = here.account.operations().filter((call) => /^dynamodb (?!Describe)/.test(call));
      assert.deepEqual([...new Set(byTheStore)], CALLS_ELSEWHERE.doctor, 'the basis of docs/reference/permissions.md');
      await done('hold');
      assert.deepEqual(await faults(streamArn(RESTORED)), []);
      here.adopt(RESTORED);
      assert.deepEqual(await faults(streamArn(RESTORED)), []);
      assert.match(
        (await faults(undefined)).join(),
        /^deploy: Stage dev uses .* it would begin with a new, empty table/,
      );
    });

    it('continues where DynamoDB throttled it', async () => {
      await old('o1', 'PENDING');
      await toRestored();
      const scan = here.account.answers['dynamodb Scan'] ?? assert.fail();
      here.account.answers['dynamodb Scan'] = new AwsFault('ProvisionedThroughputExceededException', 'slow down');
      assert.match(
        await refused('hold'),
        /ProvisionedThroughputExceededException\. Run hold again: it continues from here/,
      );
      here.account.answers['dynamodb Scan'] = scan;
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
      writeFileSync(join(folder, 'restore.dev.json'), '{}');
      assert.match(await refused('resume'), /belongs to stage undefined/);
      writeFileSync(join(folder, 'restore.dev.json'), '{');
      assert.match(await refused('resume'), /cannot be read/);
      removeFolder(join(folder, 'restore.dev.json'));
      await done('resume', '--everything');
      assert.deepEqual(states(), ['Enabled', 'Enabled', 'Enabled', 'Enabled']);
      assert.equal(here.lambda.reserved(), undefined);
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
    const said = await done('status');
    assert.match(said.at(-1) ?? '', /deploy with adoptedTable: npm run deploy -- --stage dev$/);
    assert.ok(said.join('\n').includes(`adoptedTable: '${streamArn(RESTORED)}'`));
    here.lambda.setState(MAPPINGS['send-email'], 'Enabled');
    assert.match((await next()) ?? '', /pause again, or .* resume if it was interrupted/);
    await done('pause');
    here.adopt(RESTORED);
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
      const usual = here.account.answers[operation] ?? assert.fail(operation);
      here.account.answers[operation] = fault;
      const said = await refused(...args);
      here.account.answers[operation] = usual;
      assert.match(said, named, operation);
      assert.match(said, /Nothing else was tried\. The resource was deleted outside the stack/, operation);
    }
  });

  it('makes no further call in another account than the stage’s', async () => {
    const elsewhere = { ...settings, account: '210987654321' };
    const { code, refused: said } = await ran(restore, ['--stage', 'dev', 'pause'], {
      account: here.account,
      settings: elsewhere,
      folder,
    });
    assert.equal(code, 1);
    assert.match(
      said.join(),
      /^Stage dev belongs to account 210987654321; these credentials are of account 123456789012/,
    );
    assert.deepEqual(here.account.operations(), ['sts GetCallerIdentity']);
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
    assert.deepEqual(here.account.calls, []);
  });

  it('names a restored table after the stack and the restored second', () => {
    assert.equal(restoredTableName('counterfoil-dev', new Date('2026-11-21T08:30:00.999Z')), RESTORED);
  });
});
