import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, it } from 'node:test';
import { eventually } from '#test/support/eventually.ts';
import { type ScriptedAnswer, scriptedStage } from '#test/support/ops.ts';
import { type InTerminal, inPseudoTerminal, withoutPseudoTerminal } from '#test/support/pseudo-terminal.ts';

const main = join(import.meta.dirname, '..', '..', '..', 'infra', 'ops', 'main.ts');
const skip = withoutPseudoTerminal() ?? false;
const environment = { PATH: process.env.PATH ?? '', TOKEN: 'secret' };

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

/** A stage with these answers, and the command in processes of its own. */
async function stage(answers: Record<string, ScriptedAnswer | ScriptedAnswer[]>) {
  const { url, seen, close } = await scriptedStage(answers);
  open.push(close);
  const inTerminal = (args: string[], columns = 100): InTerminal =>
    inPseudoTerminal([process.execPath, main, ...args, '--url', url], { columns, env: environment });
  const sent = () => seen.filter(({ method }) => method !== 'GET').map(({ path }) => path);
  return { url, sent, inTerminal };
}

const until = (terminal: InTerminal, pattern: RegExp) =>
  eventually(`${pattern} on the terminal`, async () => pattern.test(terminal.shown()) || assert.fail(terminal.shown()));

const ID = 'k2c7m4q6v3xw5t2hsdti55cae4';
const LETTER = 'gct2tufcpnxv4zeall7tmeldwd';
const at = '2026-11-30T11:59:00.000Z';
const PLAN = {
  members: 283,
  counts: { handled: 283, alreadyDone: 0, unknown: 0, dropped: 0 },
  dropped: [],
  samples: { handled: [{ deadLetterId: LETTER }], alreadyDone: [], unknown: [], dropped: [] },
  groups: [{ fingerprint: 'pfzh2rl3v6xwtmhsdti55caegb', subscriber: 'send-email', reason: 'CRASHED', members: 283 }],
  frozenAt: at,
};
const redrive = (status: string, resolved: number) => ({
  ...{ redriveId: ID, status, actor: 'eve', createdAt: at, selection: {}, ratePerSecond: 50, canary: [1] },
  ...{ stopAbove: 0.1, plan: PLAN, failedAgain: [], skipped: [], remainingSeconds: 5 },
  steps: [{ size: 1, status: 'passed', sent: 1, resolved: 1, failedAgain: 0, pending: 0, share: 0 }],
  counts: { waiting: 283 - resolved, sent: 0, resolved, failedAgain: 0, skipped: 0, unknown: 0 },
});
const GROUP = {
  ...{ fingerprint: 'pfzh2rl3v6xwtmhsdti55caegb', subscriber: 'project-orders', reason: 'NOT_JSON', count: 280 },
  ...{ firstSeenAt: at, lastSeenAt: at, example: LETTER, note: 'An old script writes into our queue. '.repeat(4) },
};

describe('the command line in a terminal', { skip }, () => {
  it('asks for the words, starts the redrive, and draws its progress until its end', async () => {
    const { inTerminal, sent } = await stage({
      [`GET /redrives/${ID}`]: [
        { body: redrive('planned', 0) },
        { body: redrive('running', 142) },
        { body: redrive('done', 283) },
      ],
      [`POST /redrives/${ID}/start`]: { body: redrive('running', 0) },
    });
    const terminal = inTerminal(['redrive', ID]);
    await until(terminal, /Type "redrive 283" to do it:/);
    assert.deepEqual(sent(), []);
    terminal.type('redrive 283\r');
    assert.equal(await terminal.ended, 0, terminal.shown());
    assert.match(terminal.shown(), /\[#{19}\.{19}\] 50 %, 142 of 283, 5 s left/);
    assert.match(terminal.shown(), /\[#+\] 100 %, 283 of 283/);
    assert.deepEqual(sent(), [`/redrives/${ID}/start`]);
  });

  it('sends nothing after other words, Ctrl-C or Ctrl-D, and with --read-only', async () => {
    const { inTerminal, sent } = await stage({ [`GET /redrives/${ID}`]: { body: redrive('planned', 0) } });
    for (const [keys, code] of [
      ['redrive 282\r', 6],
      ['\x03', 130],
      ['\x04', 6],
    ] as const) {
      const terminal = inTerminal(['redrive', ID]);
      await until(terminal, /Type "redrive 283" to do it:/);
      terminal.type(keys);
      assert.equal(await terminal.ended, code, terminal.shown());
      assert.match(terminal.shown(), /Nothing was changed\.\n$/);
      assert.doesNotMatch(terminal.shown(), /^ +at /m);
    }
    const readOnly = inTerminal(['redrive', ID, '--read-only']);
    assert.equal(await readOnly.ended, 6);
    assert.match(readOnly.shown(), /--read-only forbids it\. Nothing was changed\.\n$/);
    assert.deepEqual(sent(), []);
  });

  it('ends the watching with Ctrl-C, and says that the redrive goes on', async () => {
    const { inTerminal, sent } = await stage({ [`GET /redrives/${ID}`]: { body: redrive('running', 142) } });
    const terminal = inTerminal(['watch', ID]);
    await until(terminal, /50 %, 142 of 283/);
    terminal.type('\x03');
    assert.equal(await terminal.ended, 130, terminal.shown());
    assert.match(terminal.shown(), new RegExp(`The redrive goes on\\..* stop ${ID} stops it\\.\n$`));
    assert.deepEqual(sent(), []);
  });

  it('fits tables to the width of the terminal', async () => {
    const { inTerminal } = await stage({ 'GET /dead-letters/groups': { body: { groups: [GROUP] } } });
    const lines = async (columns: number): Promise<string[]> => {
      const terminal = inTerminal(['groups'], columns);
      assert.equal(await terminal.ended, 0, terminal.shown());
      return terminal.shown().split('\n\n')[0]?.split('\n') ?? [];
    };
    const [narrow, wide] = [await lines(50), await lines(120)];
    assert.match(narrow[0] ?? '', /^FINGERPRINT {2}pfzh/);
    assert.match(wide[0] ?? '', /^FINGERPRINT +OPEN +SUBSCRIBER +REASON/);
    assert.ok(
      narrow.every(({ length }) => length <= 50) && wide.every(({ length }) => length <= 120),
      narrow.join('\n'),
    );
    assert.equal(wide.length, 2);
  });
});

describe('the command line in a pipe', () => {
  /** `echo` prints the exit code of the command itself, not that of `head`. */
  const piped = async (url: string, args: string, reader: string) => {
    const line = `{ "${process.execPath}" "${main}" ${args} --url ${url}; echo "exit code $?" >&2; } | ${reader}`;
    const child = spawn('sh', ['-c', line], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    const [printed, remarks] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { printed, remarks };
  };
  const letter = {
    ...{
      deadLetterId: LETTER,
      id: 'm',
      subscriber: 'project-orders',
      reason: 'NOT_JSON',
      status: 'open',
      generation: 1,
    },
    ...{ openedAt: at, firstSeenAt: at, lastSeenAt: at, count: 1, attempts: 1, history: [] },
  };

  it('ends quietly if its reader has seen enough, and a verb that changes something says that nothing was sent', async () => {
    const { url, sent } = await stage({
      'GET /dead-letters?status=open': { body: { deadLetters: Array.from({ length: 2000 }, () => letter) } },
      [`GET /dead-letters/${LETTER}`]: { body: letter },
    });
    const listed = await piped(url, 'dead-letters --limit 2000', 'head -1');
    assert.match(listed.printed, /^ID +SINCE +SUBSCRIBER/);
    assert.equal(listed.remarks, 'exit code 141\n');
    const discarded = await piped(url, `discard ${LETTER} --reason Test --confirm "discard ${LETTER}"`, 'true');
    assert.equal(
      discarded.remarks,
      'The output was closed before the command was sent. Nothing was changed.\nexit code 141\n',
    );
    assert.deepEqual(sent(), []);
  });
});
