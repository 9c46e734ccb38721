import fc from 'fast-check';

/**
 * Checks a property with a seed that is always printed, and can be given back by `SEED=<number>`.
 * A seed that fails belongs into a regression test.
 */
export async function checkProperty(name: string, property: fc.IRawProperty<unknown>, numRuns = 200): Promise<void> {
  const given = process.env.SEED;
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  process.stdout.write(`${name}: SEED=${seed}\n`);
  await fc.assert(property as fc.IAsyncProperty<unknown>, { seed, numRuns });
}
