import type { SmallCase } from './small-cases.ts';
import { type Choice, createSmallWorld } from './small-world.ts';

export type Exploration = {
  /** Number of possible orders of all calls. */
  schedules: number;
  /** Number of situations; what follows from a situation is explored once. */
  situations: number;
  violations: { schedule: string[]; what: string }[];
};

/**
 * One notification, a delivery of its message, in parallel another delivery, an erasure or a cancellation, one event of
 * the provider, one accident: every order in which their calls can reach table and provider. Each schedule runs from the
 * beginning until it meets a situation from which
 * everything was tried before: the same rows, and the same answers to each actor.
 * @param most violations that are kept; the search goes on to count schedules.
 */
export async function explore(small: SmallCase, most = 1): Promise<Exploration> {
  const violations: Exploration['violations'] = [];
  /** Number of schedules that follow from a completely explored situation. */
  const tried = new Map<string, number>();
  const open: (Fork & { next: number; schedules: number })[] = [];
  while (true) {
    const path = open.map(({ next }) => next);
    const { forks, end, labels, violation } = await runSchedule(small, path, tried);
    if (violation && violations.length < most) violations.push({ schedule: labels, what: violation });
    open.push(...forks.map((fork) => ({ ...fork, next: 0, schedules: 0 })));
    let schedules = tried.get(end) ?? 1;
    tried.set(end, schedules);
    // The next schedule: the last choice that has another alternative takes it.
    for (let last = open.at(-1); ; last = open.at(-1)) {
      if (!last) return { schedules, situations: tried.size, violations };
      last.schedules += schedules;
      last.next += 1;
      if (last.next < last.width) break;
      schedules = last.schedules;
      tried.set(last.situation, schedules);
      open.pop();
    }
  }
}

/** A situation, and the number of possible next steps. */
type Fork = { situation: string; width: number };
type Schedule = {
  /** Beyond the path that was asked for. */
  forks: Fork[];
  /** The last situation: no steps are left, or all further steps were tried. */
  end: string;
  labels: string[];
  violation?: string;
};

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function runSchedule(
  small: SmallCase,
  path: readonly number[],
  tried: ReadonlyMap<string, number>,
): Promise<Schedule> {
  const world = await createSmallWorld(small);
  const forks: Fork[] = [];
  const labels: string[] = [];
  await world.start();
  await settled();
  while (true) {
    const choices = world.choices();
    const asked = path[labels.length];
    if (asked === undefined) {
      const situation = await world.situation();
      if (tried.has(situation)) return { forks, end: situation, labels };
      if (choices.length === 0) {
        const violation = await world.judge();
        return { forks, end: situation, labels, ...(violation && { violation }) };
      }
      forks.push({ situation, width: choices.length });
    }
    const choice = choices[asked ?? 0] as Choice;
    labels.push(choice.label);
    await choice.take();
    await settled();
  }
}
