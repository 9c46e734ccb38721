import { compareOnce } from '#test/support/judge/once.ts';

/** An order as its client knows it. */
export type Placed = {
  email: string;
  /** What the client was told; absent if it was never answered with 201. */
  orderId?: string;
  /** Epoch milliseconds at which it was told. */
  acceptedAtMs?: number;
};

/** A mail that the provider took. `at` is an ISO time. */
export type Mail = { to: string[]; at: string };

/** What is left in a system when nothing happens there any more. */
export type Left = {
  /** Messages in queues and dead-letter queues, and rows that say that something has not been sent; each as text. */
  unsent: string[];
  /** Every row of every table, as text. */
  stored: string[];
};

export type Verdict = {
  orders: number;
  accepted: number;
  /** Accepted, no mail, and nothing in the system says so. */
  lost: number;
  /** Accepted, no mail, but a queue, a dead-letter queue or a row says so: a person can find it. */
  stuck: number;
  /** Accepted, and more than one mail. */
  doubled: number;
  /** A mail about an order that no client was told is accepted, and that is not in a table either. */
  phantom: number;
  /** Of the first mail of each order after its answer, in milliseconds; below zero where the mail came first. */
  delaysMs: number[];
};

/**
 * Judges by the outside world: what clients were told, and what the provider was given to send. The alternatives have
 * other rows and events than ours, or none, so nothing else of `test/support/judge` applies to them.
 * @param mails those of these orders; each order has an address of its own.
 */
export function judge(placed: Placed[], mails: Mail[], left: Left): Verdict {
  const mailsTo = Map.groupBy(
    mails.flatMap(({ to, at }) => to.map((address) => ({ address, atMs: Date.parse(at) }))),
    ({ address }) => address,
  );
  const accepted = placed.filter(isAccepted);
  const { missing, repeated, unasked } = compareOnce(
    accepted.map(({ email }) => email),
    mails.flatMap(({ to }) => to),
  );
  const stuck = accepted.filter(
    ({ orderId, email }) =>
      missing.includes(email) && left.unsent.some((text) => text.includes(orderId) || text.includes(email)),
  );
  return {
    orders: placed.length,
    accepted: accepted.length,
    lost: missing.length - stuck.length,
    stuck: stuck.length,
    doubled: repeated.length,
    phantom: unasked.filter((address) => !left.stored.some((text) => text.includes(address))).length,
    delaysMs: accepted.flatMap(({ email, acceptedAtMs }) => {
      const times = (mailsTo.get(email) ?? []).map(({ atMs }) => atMs);
      return times.length > 0 ? [Math.min(...times) - acceptedAtMs] : [];
    }),
  };
}

function isAccepted(one: Placed): one is Required<Placed> {
  return one.orderId !== undefined && one.acceptedAtMs !== undefined;
}

/** The middle one; the mean of the two in the middle. */
export function medianOf(values: number[]): number | undefined {
  const sorted = values.toSorted((one, other) => one - other);
  const half = sorted.length >> 1;
  const [low, high] = [sorted[sorted.length % 2 === 0 ? half - 1 : half], sorted[half]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
