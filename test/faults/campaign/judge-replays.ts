import type { Facts, ReplayRow } from './facts.ts';
import { replayIdOf } from './requests.ts';
import { isAccepted, type Report } from './violations.ts';

/** Every replay has ended as the API has answered the operator, and a replay of an idle stage changes nothing and sends nothing. */
export function judgeReplays(facts: Facts, report: Report): void {
  const { requests, answers, replays, replayed } = facts;
  const stopped = new Set(
    answers.filter((one) => one.request.kind === 'stop-replay' && isAccepted(one)).map(({ request }) => request.path),
  );
  const started = new Set(requests.filter(({ kind }) => kind === 'replay').map(replayIdOf));
  for (const row of replays) {
    if (!started.delete(row.replayId)) report('phantom', `replay ${row.replayId}`, 'no operator started it');
    judgeEnd(row, stopped.has(`/replays/${row.replayId}/stop`) ? 'stopped' : 'done', report);
  }
  for (const replayId of started) report('lost', `replay ${replayId}`, 'it was started, and is not in the table');
  if (replayed) judgeLast(replayed, report);
}

function judgeEnd({ replayId, status, step, skipped }: ReplayRow, expected: ReplayRow['status'], report: Report): void {
  const about = `replay ${replayId}`;
  if (status === 'running' || step !== 'finished') report('unfinished', about, `it is ${status}, ${step}`);
  else if (status !== expected) report('diverging', about, `it is ${status}, expected was ${expected}`);
  if (skipped.count > 0) report('lost', about, `it skipped ${JSON.stringify(skipped.named)}`);
}

function judgeLast({ before, after }: NonNullable<Facts['replayed']>, report: Report): void {
  const about = 'the replay of the idle stage';
  if (before.lists.join() !== after.lists.join())
    report('diverging', about, `the list was ${before.lists}, and is ${after.lists}`);
  if (before.received.join() !== after.received.join())
    report('phantom', about, `received were ${before.received}, and then ${after.received}`);
}
