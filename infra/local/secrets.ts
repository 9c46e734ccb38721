import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { readOrCreate } from './base/read-or-create.ts';
import type { SecretPlan } from './template/plan.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The value of each secret by ARN: generated at the first start, then stored in `folder`. */
export async function openSecrets(folder: string, secrets: SecretPlan[]): Promise<Record<string, string>> {
  const entries = secrets.map(async ({ name, arn, length }): Promise<[string, string]> => {
    const value = await readOrCreate(join(folder, name), () =>
      Array.from({ length }, () => LETTERS[randomInt(LETTERS.length)]).join(''),
    );
    return [arn, value];
  });
  return Object.fromEntries(await Promise.all(entries));
}
