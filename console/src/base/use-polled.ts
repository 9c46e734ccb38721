import { useRef, useState } from 'preact/hooks';
import type { Result } from './api.ts';
import type { Failure } from './failure.ts';
import { usePolling } from './use-polling.ts';

/** What was read last. After a failure, the earlier value stays. */
export type Polled<Value> = {
  value?: Value;
  /** The version of the value. */
  etag?: string;
  /** Why the latest read failed. */
  failure?: Failure;
};

/**
 * Reads a value again every two seconds. `read` reads it now.
 * @param key what is read. Nothing of an earlier key is shown.
 */
export function usePolled<Value>(get: (signal?: AbortSignal) => Promise<Result<Value>>, key: string) {
  const [shown, setShown] = useState<{ key: string; polled: Polled<Value> }>({ key, polled: {} });
  const begun = useRef(0);
  const answered = useRef(0);
  const read = async (signal?: AbortSignal): Promise<boolean> => {
    begun.current += 1;
    const turn = begun.current;
    const result = await get(signal);
    // An older read that ends later would show an earlier state.
    if (signal?.aborted || turn < answered.current) return true;
    answered.current = turn;
    const failed = 'failure' in result;
    setShown((before) => {
      const earlier = before.key === key ? before.polled : {};
      return { key, polled: failed ? { ...earlier, failure: result.failure } : result };
    });
    return !failed;
  };
  usePolling(read, key);
  const polled: Polled<Value> = shown.key === key ? shown.polled : {};
  return { ...polled, read };
}
