import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LocalCloud, removeFolder, startLocalCloud, temporaryFolder } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';
import { compareAnswer, type Ids, withRealIds } from './answers.ts';
import { sendExamples } from './examples.ts';
import { type Exchange, fencesOf, otherBlocksOf } from './exchanges.ts';
import { NOT_RUN } from './not-run.ts';
import { isDecision, PAGES } from './pages.ts';
import { openShell, type Shell } from './shell.ts';

/**
 * The pages as one reader types them: in one terminal, in one local cloud, in the order in which the pages refer to each other.
 * `answers.ts` says how an answer is compared with the printed one.
 */
const READING_ORDER = [
  'README.md',
  'docs/how-to/messages.md',
  'docs/how-to/orders.md',
  'docs/how-to/replay.md',
  'docs/how-to/dead-letters.md',
  'docs/how-to/operate.md',
  'docs/how-to/pause.md',
  'docs/how-to/redrive.md',
  'docs/how-to/settings.md',
  'docs/how-to/webhooks.md',
  'docs/how-to/trace.md',
  'docs/how-to/runbooks.md',
  'docs/reference/local-cloud.md',
  'docs/how-to/live.md',
  'docs/how-to/deploy.md',
  'docs/tutorial/README.md',
];

const root = join(import.meta.dirname, '..', '..');
const CURRENT = PAGES.filter((page) => !isDecision(page));
const FENCES = CURRENT.flatMap(fencesOf);
const OTHERS = CURRENT.flatMap(otherBlocksOf);

const isListed = ({ page, text }: { page: string; text: string }): boolean =>
  NOT_RUN.some(({ pages, block }) => pages.test(page) && block.test(text));

/** What only reads may be repeated until it shows the printed answer: what it shows may not have happened yet. */
const isRead = (command: string): boolean => /^(curl|grep) /.test(command) && !/ (-X|-d) /.test(command);

/** What the pages take for granted: a free port, and a machine on which an engine can be isolated. */
const MACHINE = { PORT: '0', DYNAMODB_LOCAL_ALL_INTERFACES: 'accepted' };

/** A machine on which no one can type these commands. */
const isWithoutCurl = spawnSync('curl', ['--version']).error !== undefined;

/** Leaves the processor to the local cloud before the command is repeated. */
async function waitAndThrow(error: unknown): Promise<never> {
  await sleep(200);
  throw error;
}

/** A request without an answer leaves a reader without a way to see whether it worked. */
const lacksAnswer = ({ command, answer }: Exchange): boolean => answer === undefined && /^curl /m.test(command);

describe('the blocks of the pages', () => {
  it('are run, or listed with the reason why not', () => {
    const missing = [...FENCES.filter(({ page }) => !READING_ORDER.includes(page)), ...OTHERS].filter(
      (block) => !isListed(block),
    );
    const faults = [
      ...missing.map(({ page, text }) => `${page}: ${text.split('\n')[0]}: neither run nor in NOT_RUN`),
      ...NOT_RUN.filter(
        ({ pages, block }) => ![...FENCES, ...OTHERS].some(({ page, text }) => pages.test(page) && block.test(text)),
      ).map(({ pages, block }) => `NOT_RUN: ${pages} ${block} matches no block`),
    ];
    assert.deepEqual(faults, []);
  });
});

describe('the answers of the pages', { skip: isWithoutCurl && 'There is no curl in the PATH.' }, () => {
  const folder = temporaryFolder();
  let cloud: LocalCloud;
  let shell: Shell;
  let ids: Ids;
  let failed: string | undefined;

  before(async () => {
    // The folder of the project, as a reader has it, with data of its own.
    for (const name of readdirSync(root).filter((file) => !file.startsWith('.')))
      symlinkSync(join(root, name), join(folder, name));
    writeFileSync(join(folder, '.curlrc'), 'no-progress-meter\n');
    cloud = await startLocalCloud(join(folder, '.local'));
    // The pages name the default port of the API.
    ids = new Map([['4000', new URL(cloud.outputs.apiUrl).port]]);
    const path = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
    shell = openShell(folder, { ...process.env, ...MACHINE, PATH: path, CURL_HOME: folder });
  });
  after(async () => {
    await shell?.close();
    await cloud?.interrupt();
    removeFolder(folder);
  });

  /** Types a command, and again while a busy machine says "not now". Its key makes that safe. */
  const typed = (command: string) =>
    eventually(`an answer to ${command}`, async () => {
      const result = await shell.type(command);
      return !result.output.includes('TEMPORARILY_UNAVAILABLE') && result;
    });

  /** Types one command of a page. @throws what differs from the page. */
  async function follow({ command, answer }: Exchange): Promise<void> {
    const { output, exitCode } = await typed(withRealIds(command, ids));
    if (answer === undefined) return assert.equal(exitCode, 0, `${command}\nended with ${exitCode}: ${output}`);
    const { faults, ids: known } = compareAnswer(answer, output, ids);
    assert.deepEqual(faults, [], `The answer differs from the page:\n${command}\n${output}`);
    ids = known;
  }

  for (const page of READING_ORDER) {
    it(`are true: ${page}`, async (t) => {
      // A page continues where the page before it ended.
      if (failed !== undefined) return t.skip(`The answers of ${failed} are not true.`);
      failed = page;
      const exchanges = FENCES.filter((fence) => fence.page === page && !isListed(fence)).flatMap(
        (fence) => fence.exchanges,
      );
      assert.ok(exchanges.length > 0);
      assert.deepEqual(exchanges.filter(lacksAnswer), []);
      for (const exchange of exchanges) {
        if (!isRead(exchange.command)) await follow(exchange);
        else await eventually(exchange.command, () => follow(exchange).then(() => true, waitAndThrow));
      }
      failed = undefined;
    });
  }

  it('are given to every example in the description of the API', () => sendExamples(cloud.outputs));
});
