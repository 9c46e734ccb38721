import type { OutgoingMessage, Provider, ProviderAnswer } from '#shared/delivery/provider.ts';

/** A provider that remembers what it accepted and answers as it is told. */
export type MemoryProvider = Provider & {
  accepted: OutgoingMessage[];
  answerWith(answers: readonly (ProviderAnswer | 'accept-silently')[]): void;
};

/**
 * Accepts everything, unless told other answers for the next calls. `accept-silently`: accepted, but
 * the answer got lost, which the caller sees as unknown.
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
