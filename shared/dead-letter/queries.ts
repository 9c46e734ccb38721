import { jsonResponse, type Reply } from '#shared/http/event.ts';
import type { DeadLetterStore } from '#shared/once/ports.ts';
import type { DeadLetterView } from './responses.ts';

export type DeadLetterQueryPorts = { store: Pick<DeadLetterStore, 'openDeadLetters'> };

const MOST_DEAD_LETTERS = 100;

/** For operators. API Gateway has checked their scope. Dead letters belong to the stage, not to a tenant. */
export async function getDeadLetters(_request: unknown, { store }: DeadLetterQueryPorts): Promise<Reply> {
  const deadLetters: DeadLetterView[] = await store.openDeadLetters(MOST_DEAD_LETTERS);
  return jsonResponse(JSON.stringify({ deadLetters }));
}
