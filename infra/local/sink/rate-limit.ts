export type RateLimit = {
  /** Takes this many recipients if the last second has room for them. */
  take(recipients: number, perSecond: number | undefined): boolean;
};

/**
 * SES's maximum send rate: recipients in any one second. A refused call takes nothing. A message with
 * more recipients than a second has room for passes when nothing else went in that second, as no
 * waiting could ever make room for it.
 */
export function createRateLimit(clock: () => number): RateLimit {
  let taken: { at: number; recipients: number }[] = [];
  return {
    take(recipients, perSecond) {
      const now = clock();
      taken = taken.filter(({ at }) => at > now - 1000);
      const recent = taken.reduce((sum, entry) => sum + entry.recipients, 0);
      if (perSecond !== undefined && recent > 0 && recent + recipients > perSecond) return false;
      taken.push({ at: now, recipients });
      return true;
    },
  };
}
