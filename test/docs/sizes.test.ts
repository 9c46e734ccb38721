import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FILES, read } from './pages.ts';

/**
 * Biome enforces the sizes of files and functions in `shared` and `functions`. An exception is a comment in the code,
 * with its reason. Each exception is also listed here, so that a new one is a decision.
 */
const EXCEPTIONS = [
  "shared/adapters/aws/dynamodb/statistics.ts: noExcessiveLinesPerFunction: a store's methods share one table, and each is small.",
  'shared/names.ts: noExcessiveLinesPerFile: a list of names without code.',
];

type Rule = { level: string; options: { maxLines: number } };
type Override = { includes: string[]; linter: { rules: Record<string, Record<string, Rule>> } };

describe('sizes in functions and shared', () => {
  it('a file has at most 300 lines, and a function 60', () => {
    const { overrides } = JSON.parse(read('biome.json')) as { overrides: Override[] };
    const rules = overrides.find(({ includes }) => includes.join() === 'functions/**,shared/**')?.linter.rules;
    const rule = (maxLines: number) => ({ level: 'error', options: { maxLines } });
    assert.deepEqual(rules?.complexity?.noExcessiveLinesPerFunction, rule(60));
    assert.deepEqual(rules?.style?.noExcessiveLinesPerFile, rule(300));
  });

  it('the exceptions are known', () => {
    const found = FILES.filter((file) => /^(functions|shared)\//.test(file)).flatMap((file) =>
      Array.from(
        read(file).matchAll(/biome-ignore\S* lint\/\w+\/(noExcessiveLinesPer\w+): (.*)/g),
        ([, rule, reason]) => `${file}: ${rule}: ${reason}`,
      ),
    );
    assert.deepEqual(found.sort(), EXCEPTIONS);
  });
});
