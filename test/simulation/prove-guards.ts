import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { GUARDS } from './guards.ts';

const main = join(import.meta.dirname, 'main.ts');
const withoutGuard = join(import.meta.dirname, 'without-guard.ts');

/** `seeds`: of a small case, its schedules. */
type Outcome = { seeds: number; seed?: number; invariant?: string };

/** Removes a guard from the real code, and lets the simulation search for a violation. */
export async function withoutTheGuard(name: string, seeds: number, seed = 1): Promise<Outcome> {
  const { small, always, redrive } = GUARDS.find((guard) => guard.name === name) ?? {};
  const kind = redrive ? ['--redrive', String(redrive)] : always ? [`--${always}`] : [];
  const seeded = ['--seeds', String(seeds), '--seed', String(seed), ...kind];
  const search = small ? ['--small', JSON.stringify(small)] : seeded;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', withoutGuard, main, '--json', ...search],
    { env: { ...process.env, WITHOUT_GUARD: name } },
  );
  return JSON.parse(stdout) as Outcome;
}

if (import.meta.main) {
  // Maximum number of seeds for a guard. If they show no violation, its absence counts as not noticed.
  const { values } = parseArgs({
    options: { seeds: { type: 'string', default: '20000' }, only: { type: 'string', default: '' } },
  });
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  print('| removed guard | what it prevents | violated invariant | seeds or schedules |');
  print('|---|---|---|---|');
  for (const { name, against } of GUARDS.filter((guard) => guard.name.includes(values.only))) {
    const { seeds, invariant } = await withoutTheGuard(name, Number(values.seeds));
    if (invariant === undefined) process.exitCode = 1;
    print(`| ${name} | ${against} | ${invariant ?? '**not noticed**'} | ${seeds} |`);
  }
}
