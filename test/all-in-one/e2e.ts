import { after } from 'node:test';
import { shareDeployment } from '#test/support/deployment.ts';
import { importTests } from './import-tests.ts';

/**
 * The suites of `test/e2e` on one local cloud, without those that mostly wait (`e2e-waits.ts`). A suite that reads all rows or all logs, or that expects exact dead
 * letters or statistics, is in `own-cloud` and starts its own.
 */
if (process.env.OUTPUTS === undefined) after(shareDeployment());
await importTests('e2e/!(attachments|webhooks).test.ts');
