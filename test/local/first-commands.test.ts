import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type LocalCloud, removeFolder, startLocalCloud, temporaryFolder } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';

const isWithoutCurl = spawnSync('curl', ['--version']).error !== undefined;

describe('the commands that a start prints', { skip: isWithoutCurl && 'curl is not installed.' }, () => {
  const folder = temporaryFolder();
  let cloud: LocalCloud;
  before(async () => {
    // A name that a shell would split.
    cloud = await startLocalCloud(join(folder, "Ada's data"));
  });
  after(async () => {
    await cloud.interrupt();
    removeFolder(folder);
  });

  const paste = (text: string): string =>
    execFileSync('sh', ['-ec', text], { cwd: '/', encoding: 'utf8', stdio: 'pipe' });
  const printed = (): string[] =>
    cloud
      .printed()
      .split('\n')
      .filter((line) => line.startsWith('curl '));

  it('are three, and show the greeting of a new customer when they are pasted, also a second time', async () => {
    await eventually('all lines', async () => printed().length === 3);
    const [register = '', order = '', inbox = ''] = printed();
    const first = [register, order].map(paste);
    assert.partialDeepStrictEqual(JSON.parse(first[0] ?? ''), { customerId: 'ada', status: 'registered', version: 1 });
    assert.partialDeepStrictEqual(JSON.parse(first[1] ?? ''), { status: 'placed', total: 2500, currency: 'EUR' });
    const bodies = await eventually('both text messages', async () => {
      const texts = JSON.parse(paste(inbox)) as { to: string; body: string }[];
      return texts.length === 2 && texts.map(({ body }) => body).sort();
    });
    assert.match(bodies[0] ?? '', /^Order \w+ is placed: 2 items, EUR 25\.00 in total\./);
    assert.equal(bodies[1], 'Thank you for your first order. Welcome, Ada Lovelace!');
    assert.deepEqual([register, order].map(paste), first);
    assert.equal(JSON.parse(paste(printed().join('\n')).trim().split('\n').at(-1) ?? '').length, 2);
  });
});
