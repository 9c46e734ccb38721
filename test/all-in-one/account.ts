import { importTests } from './import-tests.ts';

await importTests('account/**/*.test.ts');
