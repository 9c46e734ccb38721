import { FUNCTION } from '#shared/names.ts';
import type { Answer } from '#test/support/api.ts';
import type { CallCount, InvocationCount } from '#test/support/control.ts';
import type { Measured } from '#test/support/measured-orders.ts';

/** Something that users or time cause, and that is done several times to be counted. */
export type Flow = {
  /** What is done once. */
  title: string;
  /** What has to be there first. It is not counted. */
  prepare?: () => Promise<void>;
  work: () => Promise<Answer[]>;
  /** Which calls belong to it; absent: all. The others are idle work, or look at the result. */
  isPart?: (call: Pick<CallCount, 'function' | 'operation'>) => boolean;
  /** How often it was done; absent: once for each request. */
  times?: () => number;
};

/** A flow that was measured, and how often it was done. */
export type MeasuredFlow = Measured & { title: string; times: number };

/** Steady and slow enough that no sender has to hold messages back. */
export type FlowRate = { count: number; perSecond: number };

/** Does a flow, and counts what it causes. */
export async function measureFlow<Result extends Measured>(
  { title, prepare, work, isPart = () => true, times }: Flow,
  measure: (work: () => Promise<Answer[]>) => Promise<Result>,
): Promise<Result & MeasuredFlow> {
  await prepare?.();
  const measured = await measure(work);
  const calls = measured.calls.filter(isPart);
  const isInvoked = ({ function: name }: InvocationCount): boolean =>
    calls.some((call) => call.function === name) && name !== FUNCTION.wakeDue;
  const invocations = measured.invocations.filter(isInvoked);
  return { ...measured, calls, invocations, title, times: times?.() ?? measured.requests };
}
