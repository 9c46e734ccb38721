/** A member before the window whose end is not known yet. */
export type Late = { position: number; result: 'sent' | 'unknown' };

const RADIX = 36;
const UNKNOWN = '?';

/** As text: the distance of each member to the one before it. Two thousand members take about 6 KB. */
export function packedLate(late: readonly Late[]): string {
  let before = 0;
  return late
    .toSorted((one, other) => one.position - other.position)
    .map(({ position, result }) => {
      const distance = (position - before).toString(RADIX);
      before = position;
      return result === 'unknown' ? `${distance}${UNKNOWN}` : distance;
    })
    .join(' ');
}

/** Their order is that of their positions. */
export function unpackedLate(text: string | undefined): Late[] {
  if (!text) return [];
  let position = 0;
  return text.split(' ').map((entry) => {
    const isUnknown = entry.endsWith(UNKNOWN);
    position += Number.parseInt(isUnknown ? entry.slice(0, -1) : entry, RADIX);
    return { position, result: isUnknown ? 'unknown' : 'sent' };
  });
}
