/** Virtual time: nothing waits, everything happens in the order of its time. */
export type Scheduler = {
  /** Epoch milliseconds, as no clock of an environment shows it exactly. */
  now(): number;
  after(delayMs: number, action: () => void): void;
  /** Lets time pass until `isOver` returns true or no steps are left. */
  run(isOver: () => boolean | Promise<boolean>): Promise<void>;
  /** Events that have happened. */
  steps(): number;
};

type Entry = { time: number; order: number; action: () => void };

export function createScheduler(start: number): Scheduler {
  const heap: Entry[] = [];
  let now = start;
  let order = 0;
  let steps = 0;

  const isBefore = (one: Entry, other: Entry): boolean =>
    one.time < other.time || (one.time === other.time && one.order < other.order);

  const push = (entry: Entry): void => {
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (isBefore(heap[parent] as Entry, entry)) break;
      heap[index] = heap[parent] as Entry;
      index = parent;
    }
    heap[index] = entry;
  };

  const pop = (): Entry => {
    const top = heap[0] as Entry;
    const last = heap.pop() as Entry;
    if (heap.length > 0) sink(last);
    return top;
  };

  const sink = (entry: Entry): void => {
    let index = 0;
    while (true) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Entry, heap[child] as Entry)) child += 1;
      if (isBefore(entry, heap[child] as Entry)) break;
      heap[index] = heap[child] as Entry;
      index = child;
    }
    heap[index] = entry;
  };

  return {
    now: () => now,
    steps: () => steps,
    after: (delayMs, action) => {
      order += 1;
      push({ time: now + Math.max(0, delayMs), order, action });
    },
    async run(isOver) {
      while (heap.length > 0) {
        const isDone = isOver();
        if (isDone === true || (isDone !== false && (await isDone))) return;
        const { time, action } = pop();
        now = time;
        steps += 1;
        action();
        // Whatever the action let go on runs until it waits again: nothing else is on the event loop.
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    },
  };
}
