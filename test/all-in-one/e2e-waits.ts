import { after } from 'node:test';
import { shareDeployment } from '#test/support/deployment.ts';
import { importTests } from './import-tests.ts';

/** The suites of `test/e2e` that mostly wait, for due times and repetitions. On a local cloud beside that of `e2e.ts`. */
if (process.env.OUTPUTS === undefined) after(shareDeployment());
await importTests('e2e/{attachments,webhooks}.test.ts');
