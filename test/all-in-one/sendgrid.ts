import { after } from 'node:test';
import { shareDeployment } from '#test/support/deployment.ts';
import { importTests } from './import-tests.ts';

/** The suites of `test/e2e` that are about e-mails, on one local cloud whose stage sends through SendGrid. */
process.env.STAGE = 'local-sendgrid';
after(shareDeployment());
await importTests('e2e/{messages,attachments}.test.ts');
