import { type HeldTotals, heldBeyondBounds } from './held.ts';
import { type Always, type RunResult, runOnce } from './run.ts';

export type Totals = HeldTotals & {
  seeds: number;
  orders: number;
  steps: number;
  faults: number;
  calls: number;
  accepted: number;
  doubled: number;
  redrives: number;
  redriven: number;
  statuses: Record<string, number>;
};

export type Found = { seed: number; result: RunResult };

export type SearchOptions = {
  /** The first one; the others follow it. */
  seed: number;
  seeds: number;
  orders: number;
  /** See `RunOptions`. */
  always?: Always | undefined;
  /** Called after each seed. */
  onSeed?: (totals: Totals) => void;
};

export type Searched = {
  totals: Totals;
  found?: Found;
  /** What no single run shows: more notifications wait for a person than the faults account for. */
  tooManyHeld: string[];
};

/** Seeds after which the shares of what is held are looked at. */
const SHARES_EVERY_SEEDS = 250;

/** Runs seed after seed until one shows a violation, too many are held, or there are no more. */
export async function search(options: SearchOptions): Promise<Searched> {
  const { orders, always } = options;
  const totals: Totals = {
    seeds: 0,
    orders: 0,
    steps: 0,
    faults: 0,
    notifications: 0,
    calls: 0,
    accepted: 0,
    doubled: 0,
    redrives: 0,
    redriven: 0,
    statuses: {},
    channels: {},
    held: {},
  };
  for (let seed = options.seed; seed < options.seed + options.seeds; seed += 1) {
    const result = await runOnce({ seed, orders, ...(always && { always }) });
    add(totals, result);
    options.onSeed?.(totals);
    if (result.violations.length > 0) return { totals, found: { seed, result }, tooManyHeld: [] };
    const tooManyHeld = totals.seeds % SHARES_EVERY_SEEDS === 0 ? heldBeyondBounds(totals) : [];
    if (tooManyHeld.length > 0) return { totals, tooManyHeld };
  }
  return { totals, tooManyHeld: heldBeyondBounds(totals) };
}

function add(totals: Totals, result: RunResult): void {
  totals.seeds += 1;
  totals.orders += result.orders;
  totals.faults += result.struck.size;
  for (const name of ['steps', 'notifications', 'calls', 'accepted', 'doubled', 'redrives', 'redriven'] as const)
    totals[name] += result[name];
  for (const name of ['statuses', 'channels', 'held'] as const) {
    for (const [kind, count] of Object.entries(result[name])) totals[name][kind] = (totals[name][kind] ?? 0) + count;
  }
}

/**
 * The same violation with as few orders and faults as it takes: fewer orders first, then halves, quarters and
 * single faults are left out for as long as the same invariant breaks.
 */
export async function shrink(
  seed: number,
  orders: number,
  found: RunResult,
  always?: Always,
): Promise<{ orders: number; result: RunResult }> {
  const invariant = found.violations[0]?.invariant;
  const breaks = (result: RunResult): boolean => result.violations.some((one) => one.invariant === invariant);
  let best = { orders, result: found };
  for (let fewer = 1; fewer < orders; fewer += 1) {
    const result = await runOnce({ seed, orders: fewer, ...(always && { always }) });
    if (!breaks(result)) continue;
    best = { orders: fewer, result };
    break;
  }
  let faults = [...best.result.struck.keys()];
  for (let size = Math.ceil(faults.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < faults.length; ) {
      const fewer = [...faults.slice(0, from), ...faults.slice(from + size)];
      const result = await runOnce({ seed, orders: best.orders, only: new Set(fewer), ...(always && { always }) });
      if (breaks(result)) {
        best = { ...best, result };
        faults = fewer.filter((key) => result.struck.has(key));
      } else from += size;
    }
  }
  return best;
}
