import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach } from 'node:test';
import type { RestoreRecord } from '#infra/account/restore/record.ts';
import { restore } from '#infra/account/restore.ts';
import { ownSettings, type Ran, ran } from '#test/support/account-commands.ts';
import { removeFolder, temporaryFolder } from '#test/support/deployment.ts';
import { AwsFault } from '#test/support/recorded-account.ts';
import { startRestorableAccount } from '#test/support/restorable-account.ts';
import { replaceRows } from '#test/support/rows.ts';
import { startTable, type TestTable } from '#test/support/table.ts';

/** The time that the tests restore to, and the name of the table that results. */
export const RESTORE_TO = '2026-11-21T08:30:00Z';
export const RESTORED = 'counterfoil-dev-20261121T083000Z';
/** Everything that a pause stops. */
export const EVERYTHING = [
  'handle-command (commands)',
  'record-email-feedback (mapping)',
  'relay-outbox (mapping)',
  'send-email (mapping)',
  'send-sms (mapping)',
  'wake-due (schedule)',
];

/** Settings of a stage that retains its table and trusts SQS's counts at once. */
export const settings = ownSettings((dev) => ({
  ...dev,
  removal: 'retain',
  email: { ...dev.email, feedCountLagSeconds: 0 },
}));

/** The data plane of every table, served by a real engine. */
async function forward(engine: TestTable, operation: string, input: Record<string, unknown>): Promise<object> {
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

/** A new account and folder for each test, and `npm run restore -- --stage dev` in it. */
export function restorableStage() {
  let engine: TestTable;
  let account: Awaited<ReturnType<typeof startRestorableAccount>>;
  let folder: string;
  before(async () => {
    engine = await startTable();
  });
  after(() => engine.stop());
  beforeEach(async () => {
    await replaceRows(engine, []);
    account = await startRestorableAccount((operation, input) => forward(engine, operation, input));
    folder = temporaryFolder();
  });
  afterEach(async () => {
    await account.account.close();
    removeFolder(folder);
  });

  const run = (...args: string[]): Promise<Ran> =>
    ran(restore, ['--stage', 'dev', ...args], { account: account.account, settings, folder, pollMs: 1 });
  const recordFile = () => join(folder, 'restore.dev.json');
  return {
    /** The table of the engine that is the restored table. */
    engine: () => engine,
    /** The account of this test. */
    here: () => account,
    folder: () => folder,
    run,
    /** Like `run`, for a step that must succeed. */
    done: async (...args: string[]): Promise<string[]> => {
      const { code, printed, refused } = await run(...args);
      assert.deepEqual([code, refused], [0, []], args.join(' '));
      return printed;
    },
    /** Like `run`, for a step that must be refused. */
    refused: async (...args: string[]): Promise<string> => {
      const answer = await run(...args);
      assert.equal(answer.code, 1, answer.printed.join('\n'));
      return answer.refused.join('\n');
    },
    recordFile,
    record: (): RestoreRecord => JSON.parse(readFileSync(recordFile(), 'utf8')),
    states: () => account.lambda.mappingIds().map((id) => account.lambda.stateOf(id)),
    changes: () =>
      account.account.operations().filter((name) => / (Update|Put|Delete|Restore|Tag|Transact)/.test(name)),
  };
}
