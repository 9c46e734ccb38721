import { ENV } from '#shared/names.ts';
import type { ExecutorSettings } from '#shared/once/execute.ts';
import { readEnvironment } from './environment.ts';

/** Settings of the executor. The outbox grace comes from the environment. Each function chooses its own budget. */
export function executorSettings(budgetMs: number): ExecutorSettings {
  const { outboxGraceSeconds } = readEnvironment({ outboxGraceSeconds: [ENV.outboxGraceSeconds, 'number'] });
  return { outboxGraceMs: outboxGraceSeconds * 1000, budgetMs };
}

/** How long a notification may stay unclaimed before it is announced again, in milliseconds. */
export function firstClaimMs(): number {
  const { firstClaimSeconds } = readEnvironment({ firstClaimSeconds: [ENV.firstClaimSeconds, 'number'] });
  return firstClaimSeconds * 1000;
}
