import { after } from 'node:test';
import { shareDeployment } from '#test/support/deployment.ts';
import { importTests } from './import-tests.ts';

/**
 * The suites of `test/e2e` on one local cloud, without those that mostly wait (`e2e-waits.ts`). A suite that reads all rows
 * or all logs, that expects exact dead letters or statistics, or that starts many processes, is in `own-cloud` and starts
 * its own.
 */
if (process.env.OUTPUTS === undefined) after(shareDeployment());
await importTests('e2e/!(attachments|webhooks).test.ts');
