import { importTests } from './import-tests.ts';

await importTests('infra/**/*.test.ts');
