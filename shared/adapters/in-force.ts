import type { Suppression } from '#shared/ports.ts';

/** What is in force of a suppression that may have been lifted; a lift ends what came before it. */
export function inForce({ liftedAt, ...suppression }: Suppression & { liftedAt?: string }): Suppression | undefined {
  return liftedAt === undefined || liftedAt < suppression.since ? suppression : undefined;
}

/** ISO 8601 in one way of writing it, so that later ones sort after earlier ones. */
export const momentOf = (at: string | number): string => new Date(at).toISOString();
