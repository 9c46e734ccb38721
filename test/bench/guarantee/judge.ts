import { compareOnce } from '#test/support/judge/once.ts';

/** An order as its client knows it. */
export type Placed = {
  email: string;
  /** From the answer to the client; absent without an answer 201. */
  orderId?: string;
  /** Epoch milliseconds at which the client received the answer. */
  acceptedAtMs?: number;
};

/** An e-mail that the provider accepted. `at` is an ISO time. */
export type Mail = { to: string[]; at: string };

/** What remains in an idle system. */
export type Remaining = {
  /** Messages in queues and dead-letter queues, and rows that are marked as not sent; each as text. */
  unsent: string[];
  /** Every row of every table, as text. */
  stored: string[];
};

export type Verdict = {
  orders: number;
  accepted: number;
  /** Accepted, no e-mail, and no trace in the system. */
  lost: number;
  /** Accepted and no e-mail, but a queue, a dead-letter queue or a row shows this, so a person can find it. */
  stuck: number;
  /** Accepted, and more than one e-mail. */
  doubled: number;
  /** An e-mail about an order that was not acknowledged to a client and is not in a table. */
  phantom: number;
  /** Delay from the answer to the first e-mail of each order, in milliseconds; below zero if the e-mail came first. */
  delaysMs: number[];
};

/**
 * Judges by the outside world: the answers to clients, and the e-mails that the provider accepted. The alternatives have
 * other rows and events than our system, or none, so no other judge of `test/support/judge` applies to them.
 * @param mails the e-mails of these orders; each order has its own address.
 */
export function judge(placed: Placed[], mails: Mail[], remaining: Remaining): Verdict {
  const mailsTo = Map.groupBy(
    mails.flatMap(({ to, at }) => to.map((address) => ({ address, atMs: Date.parse(at) }))),
    ({ address }) => address,
  );
  const accepted = placed.filter(isAccepted);
  const { missing, repeated, unexpected } = compareOnce(
    accepted.map(({ email }) => email),
    mails.flatMap(({ to }) => to),
  );
  const stuck = accepted.filter(
    ({ orderId, email }) =>
      missing.includes(email) && remaining.unsent.some((text) => text.includes(orderId) || text.includes(email)),
  );
  return {
    orders: placed.length,
    accepted: accepted.length,
    lost: missing.length - stuck.length,
    stuck: stuck.length,
    doubled: repeated.length,
    phantom: unexpected.filter((address) => !remaining.stored.some((text) => text.includes(address))).length,
    delaysMs: accepted.flatMap(({ email, acceptedAtMs }) => {
      const times = (mailsTo.get(email) ?? []).map(({ atMs }) => atMs);
      return times.length > 0 ? [Math.min(...times) - acceptedAtMs] : [];
    }),
  };
}

function isAccepted(one: Placed): one is Required<Placed> {
  return one.orderId !== undefined && one.acceptedAtMs !== undefined;
}

/** The median: the middle value, or the mean of the two middle values. */
export function medianOf(values: number[]): number | undefined {
  const sorted = values.toSorted((one, other) => one - other);
  const half = sorted.length >> 1;
  const [low, high] = [sorted[sorted.length % 2 === 0 ? half - 1 : half], sorted[half]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
