const SEGMENT = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,48}[A-Za-z0-9])?$/;
/** At the end of a subscription: every channel below. */
const ALL = '*';
const MOST_SEGMENTS = 5;

/** The segments of a channel's path, which may begin with `/`; undefined if it is not valid at AppSync Events. */
export function segmentsOf(path: string): string[] | undefined {
  const segments = path.replace(/^\//, '').split('/');
  return segments.length <= MOST_SEGMENTS && segments.every((one) => SEGMENT.test(one)) ? segments : undefined;
}

/** The same for a subscription, whose last segment may be `*`. */
export function subscribedSegmentsOf(path: string): string[] | undefined {
  const segments = path.replace(/^\//, '').split('/');
  if (segments.at(-1) !== ALL) return segmentsOf(path);
  const above = segmentsOf(segments.slice(0, -1).join('/'));
  return above && above.length < MOST_SEGMENTS ? segments : undefined;
}

/** Whether an event of this channel belongs to the subscription. */
export function isWithin(channel: readonly string[], subscribed: readonly string[]): boolean {
  if (subscribed.at(-1) !== ALL) return channel.join('/') === subscribed.join('/');
  const above = subscribed.slice(0, -1);
  return channel.length > above.length && above.every((segment, position) => channel[position] === segment);
}
