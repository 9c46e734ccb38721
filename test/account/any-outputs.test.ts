import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openLocal } from '#test/support/local.ts';

const root = join(import.meta.dirname, '..', '..');

/**
 * A deployed stage says less about itself than a local cloud: no inbox, no control API, no engines. The suite
 * is run on a local cloud that says no more than that, so that what a deployed stage would see can be counted.
 */
describe('the end-to-end suite on a stage that says no more than a deployed one', () => {
  let here: Awaited<ReturnType<typeof openLocal>>;
  before(async () => {
    here = await openLocal();
  });
  after(() => here.stop());

  const runSuite = async (outputs: unknown): Promise<{ code: number | null; tap: string }> => {
    const file = join(here.cloud.dataDir, 'stage.outputs.json');
    writeFileSync(file, JSON.stringify(outputs));
    const suite = readdirSync(join(root, 'test', 'e2e')).map((name) => join(root, 'test', 'e2e', name));
    // The runner would otherwise take itself for a part of this one, and say nothing that can be read.
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

  it('passes, says in a sentence why it leaves something out, and writes to nobody but the simulator', async () => {
    const { apiUrl, consoleUrl, tableName, topicArn, queues, tokens } = here.cloud.outputs;
    const { code, tap } = await runSuite({ apiUrl, consoleUrl, endpoints: {}, tableName, topicArn, queues, tokens });
    assert.equal(code, 0, tap);
    const passed = tap.match(/^ {4,}ok (?!.*# SKIP)/gm) ?? [];
    const skipped = tap.match(/# SKIP .*/g) ?? [];
    assert.ok(passed.length >= 15, `${passed.length} passed:\n${tap}`);
    for (const reason of skipped) assert.match(reason, /^# SKIP [A-Z].{20,}\.$/);

    const [emails, texts] = [await here.inbox.emails(), await here.inbox.sms()];
    // A sandbox sends 200 a day: the suite must fit in, several times.
    assert.ok(emails.length >= 15 && emails.length <= 60, `${emails.length} e-mails`);
    const others = emails
      .flatMap(({ to }) => to)
      .filter((address) => !/^(success|bounce|complaint)\+.*@simulator\.amazonses\.com$/.test(address));
    assert.deepEqual([others, texts], [[], []]);
  });

  it('says how to get tokens where the outputs have none', async () => {
    const { code, tap } = await runSuite({ ...here.cloud.outputs, inboxUrl: undefined, tokens: { acme: 'x' } });
    assert.notEqual(code, 0);
    assert.match(tap, /lacks tokens of globex, operator: npm run tenants/);
  });
});
