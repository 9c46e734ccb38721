import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openLocal } from '#test/support/local.ts';

const root = join(import.meta.dirname, '..', '..');

/**
 * A deployed stage has fewer outputs than a local cloud: no inbox, no control API, no engines. The suite runs on a local
 * cloud with only these outputs, so that the test can count what a deployed stage would send.
 */
describe('the end-to-end suite with the outputs of a deployed stage only', () => {
  let here: Awaited<ReturnType<typeof openLocal>>;
  before(async () => {
    here = await openLocal();
  });
  after(() => here.stop());

  const runSuite = async (outputs: unknown): Promise<{ code: number | null; tap: string }> => {
    const file = join(here.cloud.dataDir, 'stage.outputs.json');
    writeFileSync(file, JSON.stringify(outputs));
    const suite = globSync('test/e2e/**/*.test.ts', { cwd: root });
    // Otherwise the child's test runner would report to this one, in a format that is not text.
    const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
    const child = spawn(process.execPath, ['--test', '--test-concurrency=1', '--test-reporter=tap', ...suite], {
      cwd: root,
      env: { ...environment, OUTPUTS: file },
    });
    let tap = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      tap += chunk;
    });
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, tap };
  };

  it('passes, prints the reason for each skipped test, and sends only to the mailbox simulator', async () => {
    const { apiUrl, consoleUrl, tableName, topicArn, queues, tokens } = here.cloud.outputs;
    const { code, tap } = await runSuite({ apiUrl, consoleUrl, endpoints: {}, tableName, topicArn, queues, tokens });
    assert.equal(code, 0, tap);
    const passed = tap.match(/^ {4,}ok (?!.*# SKIP)/gm) ?? [];
    const skipped = tap.match(/# SKIP .*/g) ?? [];
    assert.ok(passed.length >= 15, `${passed.length} passed:\n${tap}`);
    for (const reason of skipped) assert.match(reason, /^# SKIP [A-Z].{20,}\.$/);

    const [emails, texts] = [await here.inbox.emails(), await here.inbox.sms()];
    // A sandbox sends 200 e-mails a day, and the suite must fit in twice.
    assert.ok(emails.length >= 15 && emails.length <= 95, `${emails.length} e-mails`);
    const others = emails
      .flatMap(({ to }) => to)
      .filter((address) => !/^(success|bounce|complaint)\+.*@simulator\.amazonses\.com$/.test(address));
    assert.deepEqual([others, texts], [[], []]);
  });

  it('reports how to get tokens if the outputs contain none', async () => {
    const { code, tap } = await runSuite({ ...here.cloud.outputs, inboxUrl: undefined, tokens: { acme: 'x' } });
    assert.notEqual(code, 0);
    assert.match(tap, /has no tokens of globex, operator: npm run tenants/);
  });
});
