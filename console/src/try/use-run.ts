import { useState } from 'preact/hooks';
import type { Api } from '#console/base/api.ts';
import type { Failure } from '#console/base/failure.ts';
import { usePolling } from '#console/base/use-polling.ts';
import { type Run, readRun } from './calls.ts';
import { isSettled } from './steps.ts';

/** The pipeline needs less than a second, so a person sees its steps only if the page reads more often. */
const FOLLOWING_MS = 300;

/**
 * An order and its messages, read again and again.
 * @param others how many orders are followed beside it. Together they cost the stage what one costs.
 */
export function useRun(api: Api, orderId: string, others: number) {
  const [run, setRun] = useState<Run>();
  const [failure, setFailure] = useState<Failure>();
  const read = async (signal: AbortSignal): Promise<boolean> => {
    const result = await readRun(api, orderId, signal);
    if (signal.aborted) return true;
    const failed = 'failure' in result ? result.failure : undefined;
    setFailure(failed);
    if ('value' in result) setRun(result.value);
    return failed === undefined;
  };
  const isOver = run?.messages.every(isSettled) ?? false;
  usePolling(read, orderId, { intervalMs: isOver ? undefined : FOLLOWING_MS * (1 + others) });
  return { run, failure };
}
