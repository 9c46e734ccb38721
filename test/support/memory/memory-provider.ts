import type { OutgoingMessage, Provider, ProviderAnswer } from '#shared/delivery/provider.ts';

/** A provider that records the accepted messages and gives the answers that a test sets. */
export type MemoryProvider = Provider & {
  accepted: OutgoingMessage[];
  answerWith(answers: readonly (ProviderAnswer | 'accept-silently')[]): void;
};

/**
 * Accepts every message, unless other answers are set for the next calls. `accept-silently`: the message is accepted,
 * but the answer is lost, so the outcome is unknown to the caller.
 */
export function memoryProvider(): MemoryProvider {
  const accepted: OutgoingMessage[] = [];
  const answers: (ProviderAnswer | 'accept-silently')[] = [];
  const accept = (message: OutgoingMessage): ProviderAnswer => {
    accepted.push(structuredClone(message));
    return { kind: 'accepted', providerMessageId: `provider-${accepted.length}` };
  };
  return {
    accepted,
    answerWith: (next) => void answers.push(...next),
    async send(message) {
      const answer = answers.shift() ?? accept(message);
      if (answer !== 'accept-silently') return answer;
      accept(message);
      return { kind: 'unknown', reason: 'ANSWER_LOST' };
    },
  };
}
