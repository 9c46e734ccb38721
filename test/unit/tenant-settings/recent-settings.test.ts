import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CurrentSettings, recentSettings } from '#shared/notification/settings/settings-reader.ts';
import { StoreUnavailable } from '#shared/once/ports.ts';
import { manualClock } from '#test/support/ports.ts';

const inVersion = (version: number): CurrentSettings => ({ version, changedAt: '2026-01-01T00:00:00.000Z' });

function reading(stored: () => CurrentSettings | undefined) {
  const clock = manualClock();
  const read: string[] = [];
  const settingsOf = recentSettings(
    {
      current: async (tenant) => {
        read.push(tenant);
        return stored();
      },
    },
    clock,
  );
  return { clock, read, settingsOf };
}

describe('recent settings', () => {
  it('are read once for each tenant within 30 seconds, and so is their absence', async () => {
    let stored: CurrentSettings | undefined;
    const { clock, read, settingsOf } = reading(() => stored);
    assert.equal(await settingsOf('acme'), undefined);
    assert.equal(await settingsOf('globex'), undefined);
    stored = inVersion(1);
    clock.advance(29_999);
    assert.equal(await settingsOf('acme'), undefined);
    assert.deepEqual(read, ['acme', 'globex']);
    clock.advance(1);
    assert.deepEqual(await settingsOf('acme'), inVersion(1));
    assert.deepEqual(read, ['acme', 'globex', 'acme']);
  });

  it('are never replaced by older ones after a failed read: the caller has to retry', async () => {
    let fails = false;
    const { clock, settingsOf } = reading(() => {
      if (fails) throw new StoreUnavailable('no answer');
      return inVersion(1);
    });
    await settingsOf('acme');
    [fails] = [true, clock.advance(30_000)];
    await assert.rejects(settingsOf('acme'), StoreUnavailable);
    fails = false;
    assert.deepEqual(await settingsOf('acme'), inVersion(1));
  });
});
