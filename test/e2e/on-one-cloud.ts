import { globSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { shareDeployment } from '#test/support/deployment.ts';

/**
 * The suites of this folder, one after the other on one local cloud, for `npm test`. A suite that reads all rows or all
 * logs, or that expects exact dead letters or statistics, is in `own-cloud` and starts its own.
 */
if (process.env.OUTPUTS === undefined) after(shareDeployment());
for (const file of globSync('*.test.ts', { cwd: import.meta.dirname }).sort())
  await import(join(import.meta.dirname, file));
