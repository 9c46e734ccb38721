import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'node:test';
import { healthyAccount } from './healthy-account.ts';
import { type RecordedAccount, startRecordedAccount } from './recorded-account.ts';

/** A healthy account and an empty folder of its own for each test of a suite. */
export function accountForEach(): { readonly account: RecordedAccount; readonly folder: string } {
  let current: { account: RecordedAccount; folder: string } | undefined;
  const started = () => {
    if (!current) throw new Error('The account is there while a test runs.');
    return current;
  };
  beforeEach(async () => {
    current = {
      account: await startRecordedAccount(healthyAccount()),
      folder: mkdtempSync(join(tmpdir(), 'counterfoil-')),
    };
  });
  afterEach(async () => {
    const { account, folder } = started();
    current = undefined;
    await account.close();
    rmSync(folder, { recursive: true });
  });
  return {
    get account() {
      return started().account;
    },
    get folder() {
      return started().folder;
    },
  };
}
