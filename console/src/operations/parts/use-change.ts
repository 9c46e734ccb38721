import { useRef, useState } from 'preact/hooks';
import type { Api } from '#console/base/api.ts';
import { type Failure, isLost } from '#console/base/failure.ts';

export type Request = { method?: 'POST' | 'PATCH'; path: string; body: object };

/** A change that a person makes: whether it is being sent, and why the latest one was refused. */
export type Change = {
  isBusy: boolean;
  failure?: Failure;
  /** Resolves with the answer, or with nothing if it was refused or its answer was lost. */
  send: <Value>(request: Request) => Promise<Value | undefined>;
};

/** Sends changes. The same change keeps its key after a lost answer, so that it counts once. */
export function useChange(api: Api): Change {
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const unanswered = useRef<{ content: string; key: string } | undefined>(undefined);
  const send = async <Value>({ method = 'POST', path, body }: Request): Promise<Value | undefined> => {
    const content = JSON.stringify([method, path, body]);
    const key = unanswered.current?.content === content ? unanswered.current.key : crypto.randomUUID();
    setBusy(true);
    const result = await api.send<Value>(method, path, { body, key });
    setBusy(false);
    const failed = 'failure' in result ? result.failure : undefined;
    unanswered.current = failed && isLost(failed) ? { content, key } : undefined;
    setFailure(failed);
    return 'value' in result ? result.value : undefined;
  };
  return { isBusy, ...(failure && { failure }), send };
}
