import { after } from 'node:test';
import { shareDeployment } from '#test/support/deployment.ts';
import { importTests } from '#test/support/one-process.ts';

/**
 * The suites of this folder, one after the other on one local cloud, for `npm test`. A suite that reads all rows or all
 * logs, or that expects exact dead letters or statistics, is in `own-cloud` and starts its own.
 */
if (process.env.OUTPUTS === undefined) after(shareDeployment());
await importTests(import.meta.dirname, '*.test.ts');
