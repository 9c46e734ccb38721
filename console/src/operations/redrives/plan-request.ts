/** The filters that select the members of a redrive. They are those of dead letters, without the status. */
export const SELECTION_NAMES = [
  'subscriber',
  'reason',
  'type',
  'tenant',
  'owner',
  'fingerprint',
  'from',
  'to',
] as const;

/** What a plan has beside its selection, with the defaults of the API. */
export const PLAN_DEFAULTS = { ratePerSecond: '50', canary: '1, 10, 100', stopAbove: '0.1' } as const;

type Given = Readonly<Record<string, string>>;

/**
 * The body of `POST /redrives` for the parameters of a URL. The API checks it: what is not a number becomes `null`, and is
 * refused with the reason.
 */
export function planRequestOf({ ids, ratePerSecond, canary, stopAbove, ...filters }: Given): object {
  return {
    selection: ids ? { ids: partsOf(ids), ...filters } : filters,
    ...(ratePerSecond && { ratePerSecond: numberIn(ratePerSecond) }),
    ...(canary && { canary: canary.trim() === 'none' ? [] : partsOf(canary).map(numberIn) }),
    ...(stopAbove && { stopAbove: numberIn(stopAbove) }),
  };
}

const partsOf = (list: string): string[] => list.split(/[\s,;]+/).filter(Boolean);

/** A decimal comma is a point. */
const numberIn = (text: string): number => Number(text.trim().replace(',', '.'));
