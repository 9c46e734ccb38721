/**
 * Orders messages for a receive as SQS's fair queues do. Each next message is the oldest of the group with the fewest
 * messages in flight, so that a group's backlog does not delay the messages of other groups.
 * @param waiting oldest first. Messages without a group form one group.
 * @param inFlight the group of each message in flight.
 * @param count how many messages will be received.
 */
export function fairOrder<Message extends { messageGroupId?: string | undefined }>(
  waiting: Message[],
  inFlight: Iterable<string | undefined>,
  count: number,
): Message[] {
  const groups = Map.groupBy(waiting, ({ messageGroupId }) => messageGroupId);
  if (groups.size < 2) return waiting;
  const busy = new Map<string | undefined, number>();
  for (const group of inFlight) busy.set(group, (busy.get(group) ?? 0) + 1);
  const first: Message[] = [];
  while (first.length < count) {
    // Groups are in the order of their oldest message, so among equals the oldest message comes first.
    const [group, messages = []] = least(groups, ([name]) => busy.get(name) ?? 0) ?? [];
    const message = messages.shift();
    if (!message) break;
    first.push(message);
    busy.set(group, (busy.get(group) ?? 0) + 1);
    if (messages.length === 0) groups.delete(group);
  }
  const taken = new Set(first);
  return [...first, ...waiting.filter((message) => !taken.has(message))];
}

/** The first of the entries with the least weight; undefined when there are none. */
function least<Entry>(entries: Iterable<Entry>, weigh: (entry: Entry) => number): Entry | undefined {
  return [...entries].reduce<Entry | undefined>(
    (best, entry) => (best === undefined || weigh(entry) < weigh(best) ? entry : best),
    undefined,
  );
}
