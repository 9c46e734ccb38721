/**
 * SES's maximum send rate: recipients within one second. A refused call uses no capacity. A message with more
 * recipients than the rate passes if the last second was empty, because it could never pass otherwise.
 */
export function createRateLimit(clock: () => number) {
  let taken: { at: number; recipients: number }[] = [];
  return {
    /** Accepts this many recipients if the last second has capacity for them. */
    take(recipients: number, perSecond: number | undefined): boolean {
      const now = clock();
      taken = taken.filter(({ at }) => at > now - 1000);
      const recent = taken.reduce((sum, entry) => sum + entry.recipients, 0);
      if (perSecond !== undefined && recent > 0 && recent + recipients > perSecond) return false;
      taken.push({ at: now, recipients });
      return true;
    },
  };
}

export type RateLimit = ReturnType<typeof createRateLimit>;
