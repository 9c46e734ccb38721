import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import * as v from 'valibot';
import { bar, ratePerSecond, withSample } from '#infra/ops/progress.ts';
import { formatProgress } from '#infra/ops/redrive-view.ts';
import { redriveSchema } from '#shared/redrive/responses.ts';
import { type OpsRun, ranOps, type ScriptedAnswer, scriptedStage } from '#test/support/ops.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

async function stage(answers: Record<string, ScriptedAnswer | ScriptedAnswer[]>) {
  const { url, seen, close } = await scriptedStage(answers);
  open.push(close);
  const run = (args: string[], options: OpsRun = {}) =>
    ranOps([...args, '--url', url], { environment: { TOKEN: 'secret' }, ...options });
  return { run, seen };
}

const ID = 'k2c7m4q6v3xw5t2hsdti55cae4';
const LETTER = 'gct2tufcpnxv4zeall7tmeldwd';
const sample = { deadLetterId: LETTER, subject: 'order/o1' };
const PLAN = {
  members: 283,
  counts: { handled: 280, alreadyDone: 1, unknown: 1, dropped: 1 },
  dropped: [{ reason: 'NOT_JSON', count: 1 }],
  samples: { handled: [sample], alreadyDone: [], unknown: [sample], dropped: [{ ...sample, reason: 'NOT_JSON' }] },
  groups: [{ fingerprint: 'pfzh2rl3v6xwtmhsdti55caegb', subscriber: 'send-email', reason: 'CRASHED', members: 283 }],
  frozenAt: '2026-11-30T11:59:00.000Z',
};
const COUNTS = { waiting: 283, sent: 0, resolved: 0, failedAgain: 0, skipped: 0, unknown: 0 };
const step = { size: 1, status: 'waiting', sent: 0, resolved: 0, failedAgain: 0, pending: 0 };
const redrive = (status: string, more: object = {}) => ({
  ...{ redriveId: ID, status, actor: 'eve', createdAt: PLAN.frozenAt, selection: {}, ratePerSecond: 50 },
  ...{ canary: [1, 10, 100], stopAbove: 0.1, plan: PLAN, steps: [step], counts: COUNTS, failedAgain: [], skipped: [] },
  ...more,
});
const ended = { ...COUNTS, waiting: 0, resolved: 281, skipped: 2 };
const failed = { ...COUNTS, waiting: 272, resolved: 9, failedAgain: 2 };

describe('a plan', () => {
  it('is made from filters, and says what would happen and how to start it', async () => {
    const { run, seen } = await stage({ 'POST /redrives': { status: 201, body: redrive('planned') } });
    const args = ['plan', '--subscriber', 'send-email', '--rate', '50', '--canary', '1,10,100', '--stop-above', '0.1'];
    const { code, printed } = await run(args);
    assert.equal(code, 0);
    assert.match(printed, /^283 members, frozen at 2026-11-30T11:59:00\.000Z\. Later dead letters are not touched\.$/m);
    assert.match(printed, /^ +280 {2}would be handled +gct2tufcpnxv4zeall7tmeldwd$/m);
    assert.match(printed, /^ +1 {2}outcome unknown: settled first, nothing is sent on a guess/m);
    assert.match(printed, /^ +1 {2}NOT_JSON +gct2tufcpnxv4zeall7tmeldwd$/m);
    assert.match(
      printed,
      /First 1, then 10, then 100, then the rest, at 50 a second: 6 s and the time of the verdicts\./,
    );
    assert.match(printed, new RegExp(`Nothing was sent\\. Within an hour: npm run ops -- redrive ${ID}$`));
    const terms = { ratePerSecond: 50, canary: [1, 10, 100], stopAbove: 0.1 };
    assert.deepEqual(seen[0]?.body, { selection: { subscriber: 'send-email' }, ...terms });
  });

  it('of ids, without canary, as a dry run', async () => {
    const { run, seen } = await stage({ 'POST /redrives': { body: { plan: PLAN } } });
    const args = ['plan', '--ids', `${LETTER},${ID}`, '--canary', 'none', '--dry-run', '--read-only'];
    const { code, printed } = await run(args, { width: 40 });
    assert.equal(code, 0);
    assert.match(printed, /Nothing was kept\.$/);
    assert.deepEqual(seen[0]?.body, { selection: { ids: [LETTER, ID] }, canary: [], dryRun: true });
  });

  it('is refused in the words of the stage, or for what is no number', async () => {
    const problem = { detail: 'No dead letter matches the selection.', next: 'Check the filters.' };
    const { run } = await stage({ 'POST /redrives': { status: 422, body: problem } });
    const none = await run(['plan', '--reason', 'NOTHING']);
    assert.deepEqual([none.code, none.remarks], [5, 'No dead letter matches the selection. Check the filters.']);
    assert.equal((await run(['plan', '--rate', 'fast'])).code, 2);
  });
});

describe('a redrive', () => {
  const path = `GET /redrives/${ID}`;
  const start = `POST /redrives/${ID}/start`;
  const running = redrive('running', { remainingSeconds: 5, counts: { ...COUNTS, waiting: 273, resolved: 10 } });

  it('starts once its number is typed, and is watched to its end', async () => {
    const { run, seen } = await stage({
      [path]: [{ body: redrive('planned') }, { body: running }, { body: redrive('done', { counts: ended }) }],
      [start]: { body: redrive('running') },
    });
    const { code, printed } = await run(['redrive', ID], { typed: 'redrive 283' });
    assert.equal(code, 0);
    assert.match(printed, /280 {2}would be handled[\s\S]*3 %, 10 of 283, 5 s left[\s\S]*100 %, 283 of 283/);
    assert.deepEqual(
      seen.map(({ method }) => method),
      ['GET', 'POST', 'GET', 'GET'],
    );
  });

  it('does not start with another number', async () => {
    const { run, seen } = await stage({ [path]: { body: redrive('planned') } });
    assert.equal((await run(['redrive', ID], { typed: 'redrive 280' })).code, 6);
    assert.equal((await run(['redrive', ID, '--confirm', 'redrive 280'])).code, 6);
    assert.ok(seen.every(({ method }) => method === 'GET'));
  });

  it('that someone else has is refused with their name', async () => {
    const detail = 'Redrive abc of mallory has the group.';
    const { run } = await stage({
      [path]: { body: redrive('planned') },
      [start]: { status: 409, body: { detail, next: 'Wait for its end.' } },
    });
    const { code, remarks } = await run(['redrive', ID, '--confirm', 'redrive 283']);
    assert.deepEqual([code, remarks], [5, `${detail} Wait for its end.`]);
  });

  it('that stopped, or whose members failed again, ends with 7 and names them', async () => {
    const failures = [{ deadLetterId: LETTER, reason: 'CRASHED', detail: 'It crashed.' }];
    const { run } = await stage({
      [path]: { body: redrive('stopped', { counts: failed, failedAgain: failures, stoppedBecause: 'CANARY_FAILED' }) },
    });
    const { code, printed } = await run(['watch', ID]);
    assert.equal(code, 7);
    assert.match(printed, /stopped \(CANARY_FAILED\), by eve/);
    assert.match(printed, new RegExp(`^${LETTER} +failed again +CRASHED +It crashed\\.$`, 'm'));
    assert.match(printed, /^1 of 2 are shown\.$/m);
  });

  it('whose members were skipped says so, for each step and each member', async () => {
    const skipped = Array.from({ length: 20 }, () => ({ deadLetterId: LETTER, reason: 'NO_MESSAGE' }));
    const steps = [
      { ...step, ...{ size: 21, status: 'passed', sent: 1, resolved: 1, share: 0 } },
      { ...step, ...{ size: 10, status: 'passed', sent: 10, resolved: 10, share: 0 } },
    ];
    const counts = { ...ended, resolved: 263, skipped: 20 };
    const { run } = await stage({ [path]: { body: redrive('done', { counts, skipped, steps }) } });
    const { code, printed, drawn } = await run(['watch', ID], { isTerminal: true });
    assert.equal(code, 0);
    assert.match(drawn.at(-1) ?? '', /step 1, 21 members: passed, 0 % failed again, 20 not sent\n/);
    assert.match(drawn.at(-1) ?? '', /step 2, 10 members: passed, 0 % failed again$/);
    assert.equal(printed.match(/ skipped +NO_MESSAGE$/gm)?.length, 20);
    assert.doesNotMatch(printed, /are shown/);
  });

  it('replaces its progress on a terminal, within its width', async () => {
    const { run } = await stage({ [path]: [{ body: running }, { body: redrive('done', { counts: ended }) }] });
    const { drawn, code } = await run(['watch', ID], { isTerminal: true, width: 40 });
    assert.equal(code, 0);
    assert.equal(drawn.length, 2);
    assert.match(drawn[0] ?? '', /^\[\.+\] 3 %, 10 of 283, 5 s left$/m);
    assert.match(drawn[0] ?? '', /^ {2}step 1, 1 member: waiting$/m);
  });

  it('goes on after Ctrl-C', async () => {
    const { run, seen } = await stage({ [path]: { body: running } });
    const { code, remarks } = await run(['watch', ID], { signal: AbortSignal.abort() });
    assert.equal(code, 130);
    assert.match(remarks, new RegExp(`^The redrive goes on\\. .* stop ${ID} stops it\\.$`));
    assert.equal(seen.length, 0);
  });

  it('is paused and stopped at once, and resumed after a confirmation', async () => {
    const { run, seen } = await stage({
      [path]: { body: redrive('paused', { pausedBecause: 'slow' }) },
      [`POST /redrives/${ID}/pause`]: { body: redrive('paused') },
      [`POST /redrives/${ID}/stop`]: { body: redrive('stopped') },
      [`POST /redrives/${ID}/resume`]: { body: redrive('running') },
      'GET /redrives': { body: { redrives: [redrive('paused')] } },
      'GET /subscribers': { body: { subscribers: [] } },
    });
    assert.match((await run(['pause', ID, '--reason', 'slow'])).printed, /is paused\. 283 members not sent yet/);
    assert.match((await run(['paused'])).printed, new RegExp(`^${ID} +paused`, 'm'));
    assert.match((await run(['redrives'])).printed, /^1 redrive\.$/m);
    assert.equal((await run(['resume', ID])).code, 6);
    assert.match((await run(['resume', ID, '--confirm', 'resume 283'])).printed, /is running/);
    assert.match((await run(['stop', ID])).printed, /is stopped/);
    const sent = seen.filter(({ method }) => method === 'POST').map(({ path: to }) => to.split('/').at(-1));
    assert.deepEqual(sent, ['pause', 'resume', 'stop']);
  });
});

describe('progress', () => {
  const steps = [
    { ...step, ...{ status: 'passed', sent: 1, resolved: 1, share: 0 } },
    { ...step, ...{ size: 10, status: 'running', sent: 10, resolved: 9, pending: 1 } },
  ];
  const shown = (done: number) => {
    const counts = { ...COUNTS, waiting: 283 - done, resolved: done };
    const view = v.parse(redriveSchema, redrive('running', { counts, steps, remainingSeconds: 5 }));
    return formatProgress(
      view,
      [
        { at: 0, done: 0 },
        { at: 10_000, done },
      ],
      100,
    );
  };

  it('names the running step, and what remains at the rate that is measured if that is lower', () => {
    assert.match(shown(10), /^Redrive k2c7m4q6v3xw5t2hsdti55cae4: running, by eve, step 2 of 2$/m);
    assert.match(shown(10), /3 %, 10 of 283, 1\.0\/s, 4 min 33 s left$/m);
    assert.match(shown(0), /0 %, 0 of 283, 0\.0\/s$/m);
  });

  it('has a rate over the last ten seconds', () => {
    let samples = withSample([], { at: 0, done: 0 });
    assert.equal(ratePerSecond(samples), undefined);
    samples = withSample(samples, { at: 10_000, done: 100 });
    samples = withSample(samples, { at: 15_000, done: 350 });
    assert.equal(ratePerSecond(samples), 50);
  });

  it('has a bar of the given width', () => {
    assert.deepEqual([bar(0, 12), bar(0.5, 12), bar(2, 12)], ['[..........]', '[#####.....]', '[##########]']);
  });
});
