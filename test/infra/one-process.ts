import { importTests } from '#test/support/one-process.ts';

await importTests(import.meta.dirname);
