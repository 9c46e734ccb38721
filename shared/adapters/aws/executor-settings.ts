import { ENV } from '#shared/names.ts';
import type { ExecutorSettings } from '#shared/once/execute.ts';
import { readEnvironment } from './environment.ts';

/** Due times of what a commit writes, from the environment; the budget is the function's own choice. */
export function executorSettings(budgetMs: number): ExecutorSettings {
  const { outboxGraceSeconds, firstClaimSeconds } = readEnvironment({
    outboxGraceSeconds: [ENV.outboxGraceSeconds, 'number'],
    firstClaimSeconds: [ENV.firstClaimSeconds, 'number'],
  });
  return { outboxGraceMs: outboxGraceSeconds * 1000, firstClaimMs: firstClaimSeconds * 1000, budgetMs };
}
