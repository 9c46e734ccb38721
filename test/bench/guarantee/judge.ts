/** An order as its client knows it. */
export type Placed = {
  email: string;
  /** The id in the answer; absent if the client never got a 201. */
  orderId?: string;
  /** Epoch milliseconds of the answer. */
  acceptedAtMs?: number;
};

/** An e-mail that the provider accepted. `at` is an ISO 8601 timestamp. */
export type Mail = { to: string[]; at: string };

/** The data of an idle system. */
export type Remaining = {
  /** Messages in queues and dead-letter queues, and rows of unsent notifications; each as text. */
  unsent: string[];
  /** Every row of every table, as text. */
  stored: string[];
};

export type Verdict = {
  orders: number;
  accepted: number;
  /** Accepted, no e-mail, and nothing in the system shows it. */
  lost: number;
  /** Accepted, no e-mail, but a queue, a dead-letter queue or a row shows it, so a person can find it. */
  stuck: number;
  /** Accepted, and more than one e-mail. */
  doubled: number;
  /** An e-mail about an order that no client got an answer for and no table contains. */
  phantom: number;
  /** From the answer to the first e-mail of each order, in milliseconds; negative if the e-mail came first. */
  delaysMs: number[];
};

/**
 * Judges by external facts: the answers to clients, and the e-mails that the provider accepted.
 * @param mails the e-mails of these orders; each order has a unique address.
 */
export function judge(placed: Placed[], mails: Mail[], left: Remaining): Verdict {
  const mailsTo = Map.groupBy(
    mails.flatMap(({ to, at }) => to.map((address) => ({ address, atMs: Date.parse(at) }))),
    ({ address }) => address,
  );
  const accepted = placed.filter(isAccepted);
  const without = accepted.filter(({ email }) => !mailsTo.has(email));
  const stuck = without.filter(({ orderId, email }) =>
    left.unsent.some((text) => text.includes(orderId) || text.includes(email)),
  );
  const told = new Set(accepted.map(({ email }) => email));
  const untold = [...mailsTo.keys()].filter((address) => !told.has(address));
  return {
    orders: placed.length,
    accepted: accepted.length,
    lost: without.length - stuck.length,
    stuck: stuck.length,
    doubled: accepted.filter(({ email }) => (mailsTo.get(email)?.length ?? 0) > 1).length,
    phantom: untold.filter((address) => !left.stored.some((text) => text.includes(address))).length,
    delaysMs: accepted.flatMap(({ email, acceptedAtMs }) => {
      const times = (mailsTo.get(email) ?? []).map(({ atMs }) => atMs);
      return times.length > 0 ? [Math.min(...times) - acceptedAtMs] : [];
    }),
  };
}

function isAccepted(one: Placed): one is Required<Placed> {
  return one.orderId !== undefined && one.acceptedAtMs !== undefined;
}

/** The middle value, or the mean of the two middle values. */
export function medianOf(values: number[]): number | undefined {
  const sorted = values.toSorted((one, other) => one - other);
  const half = sorted.length >> 1;
  const [low, high] = [sorted[sorted.length % 2 === 0 ? half - 1 : half], sorted[half]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
