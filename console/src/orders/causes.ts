import type { TimelineEntry } from '#shared/timeline/responses.ts';

/** A node of the graph of causes: an entry of a timeline, or a message with all of its steps. */
export type CauseNode = {
  id: string;
  /** The entry itself. For a message: its first step. */
  entry: TimelineEntry;
  /** For a message: its steps and the events about it, by time. For another node: its entry. */
  steps: readonly TimelineEntry[];
  /** The node that led to it. Absent for a request, and if the cause is not in the timeline. */
  cause?: CauseNode;
  /** The nodes that it led to, by time. */
  effects: readonly CauseNode[];
};

/**
 * The graph of causes of a timeline, as its nodes by time. Each entry has at most one cause, so the graph is a forest. The
 * steps of a message and the events about it are one node. What a provider reported about it is a node of its own.
 */
export function causesOf(entries: readonly TimelineEntry[]): CauseNode[] {
  const nodes = groupsOf(entries).map(nodeOf);
  const byEntry = new Map(nodes.flatMap((node) => node.steps.map(({ id }) => [id, node] as const)));
  for (const node of nodes) {
    const cause = byEntry.get(node.entry.causationId ?? '');
    // A node that is its own cause, also through others, is a broken history. It is shown without its cause.
    if (!cause || leadsTo(node, cause)) continue;
    node.cause = cause;
    cause.effects.push(node);
  }
  return nodes;
}

/** The entries of each node, in the order of the timeline. */
function groupsOf(entries: readonly TimelineEntry[]): Steps[] {
  const groups = new Map<string, [TimelineEntry, ...TimelineEntry[]]>();
  for (const entry of entries) {
    const key = isOfMessage(entry) ? `message ${entry.notificationId}` : `entry ${entry.id}`;
    const group = groups.get(key);
    if (group) group.push(entry);
    else groups.set(key, [entry]);
  }
  return [...groups.values()];
}

const isOfMessage = ({ notificationId, kind }: TimelineEntry): boolean =>
  notificationId !== undefined && kind !== 'feedback';

type Steps = readonly [TimelineEntry, ...TimelineEntry[]];

/** The cause of a message is that of its first own step. The events about it are effects of its steps. */
function nodeOf(steps: Steps): CauseNode & { effects: CauseNode[] } {
  const entry = steps.find(({ kind }) => kind === 'notification' || kind === 'webhook') ?? steps[0];
  return { id: entry.id, entry, steps, effects: [] };
}

/** Whether one node is a cause of the other, also through others, or the same. */
function leadsTo(node: CauseNode, other: CauseNode): boolean {
  for (let one: CauseNode | undefined = other; one; one = one.cause) if (one === node) return true;
  return false;
}

/** What the latest own step of a message says about its status. */
const STATUS_AFTER: Readonly<Record<string, string>> = {
  requested: 'PENDING',
  claimed: 'SENDING',
  deferred: 'PENDING',
  sent: 'SENT',
  failed: 'FAILED',
  unknown: 'UNKNOWN',
  held: 'HELD',
  suppressed: 'SUPPRESSED',
  cancelled: 'CANCELLED',
  resend: 'PENDING',
  'mark-sent': 'SENT',
  cancel: 'CANCELLED',
};

/** The status of a node as word of the API. Absent for what has none, like an event. */
export function statusOf({ entry, steps }: CauseNode): string | undefined {
  switch (entry.kind) {
    case 'feedback':
      return entry.type;
    case 'process':
      return entry.status;
    case 'command':
      return entry.accepted === false ? 'refused' : undefined;
    case 'notification':
    case 'webhook': {
      const last = steps.filter(({ kind }) => kind === entry.kind).at(-1) ?? entry;
      const step = last.type === 'resolved' ? (last.code ?? '') : last.type;
      return Object.hasOwn(STATUS_AFTER, step) ? STATUS_AFTER[step] : step;
    }
    default:
      return undefined;
  }
}
