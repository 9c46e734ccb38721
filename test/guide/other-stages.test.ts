import assert from 'node:assert/strict';
import { cpSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LocalCloud, removeFolder, startLocalCloud, temporaryFolder } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';
import { compareAnswer, type Ids, withRealIds } from '../docs/answers.ts';
import { type Exchange, fencesOf } from '../docs/exchanges.ts';
import { FILES, PAGES } from '../docs/pages.ts';
import { openShell } from '../docs/shell.ts';

const root = join(import.meta.dirname, '..', '..');

/** The last line of a block that starts a local cloud in the reader's terminal. */
const START = /^(?:STAGE=([\w-]+) )?PORT=(\d+) DATA_DIR=([\w.-]+) npm start$/m;

/** A start, and the commands about its port. */
function exchangesOf(file: string): { start: Exchange; port: string; dataDir: string; others: Exchange[] } {
  const page = PAGES.find((one) => one.file === file) ?? assert.fail(`There is no page ${file}.`);
  const all = fencesOf(page).flatMap(({ exchanges }) => exchanges);
  const start = all.find(({ command }) => START.test(command)) ?? assert.fail(`${file} starts no local cloud.`);
  const [, , port = '', dataDir = ''] = START.exec(start.command) ?? [];
  return { start, port, dataDir, others: all.filter(({ command }) => command.includes(`:${port}/`)) };
}

/** The commands of pages that need a local cloud of another stage, in a clean copy that each page may change. */
describe('what a page shows on another stage of this machine', () => {
  const folders: string[] = [];
  after(() => folders.forEach(removeFolder));

  for (const file of ['docs/how-to/orders.md', 'docs/how-to/sendgrid.md']) {
    it(`is true: ${file}`, { timeout: 300_000 }, async () => {
      const folder = temporaryFolder();
      folders.push(folder);
      for (const one of FILES) cpSync(join(root, one), join(folder, one));
      symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
      const { start, port, dataDir, others } = exchangesOf(file);
      assert.ok(others.length >= 2);
      const path = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
      const shell = openShell(folder, { ...process.env, PATH: path });
      const cloud = await startAs(start.command, folder, dataDir, (command) => shell.type(command));
      try {
        let ids: Ids = new Map([[port, new URL(cloud.outputs.apiUrl).port]]);
        for (const { command, answer = '' } of others) {
          await eventually(command, async () => {
            const { output } = await shell.type(withRealIds(command, ids));
            const compared = compareAnswer(answer, output, ids);
            if (compared.faults.length > 0) await sleep(200);
            assert.deepEqual(compared.faults, [], output);
            ids = compared.ids;
            return true;
          });
        }
      } finally {
        await shell.close();
        await cloud.interrupt();
      }
    });
  }
});

/** Types the lines before the start, and starts the copy's own local cloud on a free port. */
async function startAs(
  block: string,
  folder: string,
  dataDir: string,
  type: (command: string) => Promise<{ output: string; exitCode: number }>,
): Promise<LocalCloud> {
  const before = block.replace(START, '').trim();
  if (before !== '') assert.equal((await type(before)).exitCode, 0, before);
  const [, stage] = START.exec(block) ?? [];
  const entry = join(folder, 'infra', 'local', 'main.ts');
  return startLocalCloud(join(folder, dataDir), 0, entry, stage === undefined ? {} : { STAGE: stage });
}
