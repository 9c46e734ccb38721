import { importTests } from './import-tests.ts';

await importTests('unit/**/*.test.ts');
