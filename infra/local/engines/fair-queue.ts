/**
 * Puts the messages that a receive should take first, as SQS's fair queues do: each of them is the oldest
 * one of the group that has the fewest in flight, so that a group's backlog delays nobody else's messages.
 * @param waiting oldest first; those without a group are one group.
 * @param inFlight groups of the messages that are being worked on, one entry a message.
 * @param count how many will be taken.
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
  while (first.length < count && groups.size > 0) {
    // Groups are in the order of their oldest message, so among equals the oldest goes first.
    const [group, messages] = least(groups, ([name]) => busy.get(name) ?? 0);
    first.push(messages.shift() as Message);
    busy.set(group, (busy.get(group) ?? 0) + 1);
    if (messages.length === 0) groups.delete(group);
  }
  const taken = new Set(first);
  return [...first, ...waiting.filter((message) => !taken.has(message))];
}

function least<Entry>(entries: Iterable<Entry>, weigh: (entry: Entry) => number): Entry {
  const [head, ...rest] = entries;
  return rest.reduce((best, entry) => (weigh(entry) < weigh(best) ? entry : best), head as Entry);
}
