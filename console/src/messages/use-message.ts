import { useRef, useState } from 'preact/hooks';
import type { Api } from '#console/base/api.ts';
import type { Failure } from '#console/base/failure.ts';
import { usePolling } from '#console/base/use-polling.ts';
import type { NotificationDetailsView } from '#shared/message-log/responses.ts';
import { readMessage } from './calls.ts';

/** One message, read again when it changes. `read` reads it now. */
export function useMessage(api: Api, id: string, onRead?: (message: NotificationDetailsView) => void) {
  const [message, setMessage] = useState<NotificationDetailsView>();
  const [failure, setFailure] = useState<Failure>();
  const begun = useRef(0);
  const answered = useRef(0);
  const read = async (signal?: AbortSignal): Promise<boolean> => {
    begun.current += 1;
    const turn = begun.current;
    const result = await readMessage(api, id, signal);
    // An older read that ends later would show an earlier state.
    if (signal?.aborted || turn < answered.current) return true;
    answered.current = turn;
    if ('failure' in result) {
      setFailure(result.failure);
      return false;
    }
    setFailure(undefined);
    setMessage(result.value);
    onRead?.(result.value);
    return true;
  };
  usePolling(read, id, { concerns: (change) => change.id === id });
  return { message, failure, read };
}
