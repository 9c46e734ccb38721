import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { builtOnce, keyOf } from '#infra/build-cache.ts';

describe('the build cache', () => {
  const kind = `test-${randomUUID()}`;
  const kept: string[] = [];
  after(() => {
    for (const folder of kept) rmSync(folder, { recursive: true, force: true });
  });
  const build = async (key: string, write = 'built'): Promise<{ folder: string; builds: number }> => {
    let builds = 0;
    const folder = await builtOnce(kind, key, async (unfinished) => {
      builds += 1;
      writeFileSync(join(unfinished, 'result'), write);
    });
    kept.push(folder);
    return { folder, builds };
  };

  it('builds the same inputs once', async () => {
    const first = await build('a');
    const second = await build('a', 'built again');
    assert.deepEqual([first.builds, second.builds, second.folder], [1, 0, first.folder]);
    assert.equal(readFileSync(join(second.folder, 'result'), 'utf8'), 'built');
  });

  it('builds other inputs into another folder', async () => {
    const { folder } = await build('b');
    assert.notEqual((await build('c')).folder, folder);
  });

  it('keeps one whole result of two builds at the same time', async () => {
    const [one, other] = await Promise.all([build('d', 'one'), build('d', 'other')]);
    assert.equal(one.folder, other.folder);
    assert.match(readFileSync(join(one.folder, 'result'), 'utf8'), /^(one|other)$/);
  });

  it('keeps nothing of a build that failed', async () => {
    let unfinished = '';
    const failing = builtOnce(kind, 'e', async (folder) => {
      unfinished = folder;
      writeFileSync(join(folder, 'half'), '');
      throw new Error('no space left');
    });
    await assert.rejects(failing, /no space left/);
    assert.equal(existsSync(unfinished), false);
    assert.equal((await build('e')).builds, 1);
  });

  it('removes the results that were not used for the longest time', async () => {
    const { folder } = await build('oldest');
    for (let count = 0; count < 12; count += 1) await build(`newer-${count}`);
    assert.equal(existsSync(folder), false);
  });
});

describe('the key of a build', () => {
  const sources = ['infra/build-cache.ts', 'shared/once/*.ts'];

  it('is the same for the same sources and settings', () => {
    assert.equal(keyOf(sources, ['dev']), keyOf(sources, ['dev']));
  });

  it('changes with a setting, and with a file more or less', () => {
    const keys = [
      keyOf(sources, ['dev']),
      keyOf(sources, ['prod']),
      keyOf(sources, ['dev'], ['shared/once/execute.ts']),
    ];
    assert.equal(new Set(keys).size, keys.length);
  });

  it('changes with the content of a file', (t) => {
    const file = join(import.meta.dirname, `key-${randomUUID()}.txt`);
    t.after(() => rmSync(file, { force: true }));
    const key = (content: string): string => {
      writeFileSync(file, content);
      return keyOf(['test/unit/infra/key-*.txt'], []);
    };
    assert.notEqual(key('one'), key('two'));
  });
});
