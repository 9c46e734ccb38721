import { useRef, useState } from 'preact/hooks';
import type { Api } from '#console/base/api.ts';
import type { Failure } from '#console/base/failure.ts';
import { usePolling } from '#console/base/use-polling.ts';

/** What the API answered, and whether it is up to date. */
export type Read<Value> = {
  /** Absent until the first answer. It stays after a failed read. */
  value?: Value;
  /** Why the latest read failed. */
  failure?: Failure;
};

type Shown<Value> = { path: string; read: Read<Value> };

/** An answer of the API, read again every two seconds. `again` reads it now. */
export function useRead<Value>(api: Api, path: string): Read<Value> & { again: () => Promise<boolean> } {
  const [shown, setShown] = useState<Shown<Value>>({ path, read: {} });
  const turns = useRef({ begun: 0, answered: 0 });
  const read = async (signal?: AbortSignal): Promise<boolean> => {
    turns.current.begun += 1;
    const turn = turns.current.begun;
    const result = await api.get<Value>(path, signal);
    // An older read that ends later would show an earlier state.
    if (signal?.aborted || turn < turns.current.answered) return true;
    turns.current.answered = turn;
    const failed = 'failure' in result;
    setShown((before) => {
      if (!failed) return { path, read: { value: result.value } };
      return { path, read: { ...(before.path === path && before.read), failure: result.failure } };
    });
    return !failed;
  };
  usePolling(read, path);
  return { ...(shown.path === path ? shown.read : {}), again: () => read() };
}
