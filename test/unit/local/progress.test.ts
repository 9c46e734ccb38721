import assert from 'node:assert/strict';
import { it } from 'node:test';
import { showProgress } from '#infra/local/progress.ts';
import { eventually } from '#test/support/eventually.ts';

it('a start names the steps that it still waits for, and only those', async () => {
  const lines: string[] = [];
  const progress = showProgress((line) => lines.push(line), 1);
  const slow = Promise.withResolvers<string>();
  const waiting = progress.step('the slow engine', slow.promise);
  await progress.step('the fast engine', Promise.resolve());
  await eventually('a line', async () => lines.length > 0);
  assert.match(lines[0] ?? '', /^Starting for 0 s; waiting for the slow engine$/);
  slow.resolve('ready');
  assert.equal(await waiting, 'ready');
  progress.end();
});

it('a step that fails is not waited for any more, and its error is passed on', async () => {
  const lines: string[] = [];
  const progress = showProgress((line) => lines.push(line), 1);
  const other = Promise.withResolvers<void>();
  const waiting = progress.step('another step', other.promise);
  await assert.rejects(progress.step('the broken step', Promise.reject(new Error('broken'))), /broken/);
  await eventually('a line', async () => lines.length > 0);
  assert.doesNotMatch(lines.join('\n'), /broken step/);
  other.resolve();
  await waiting;
  progress.end();
});
