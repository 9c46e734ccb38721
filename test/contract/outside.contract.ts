import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OutgoingMessage, Provider } from '#shared/delivery/provider.ts';
import type { Publication, Publisher } from '#shared/once/ports.ts';
import { eventually } from '#test/support/eventually.ts';

/** A publisher, and what arrived behind it: bodies with the attributes that subscribers filter on. */
export type PublisherUnderTest = {
  publisher: Publisher;
  arrived(): Promise<{ body: string; attributes: Record<string, string> }[]>;
};

/** What every publisher must do, in memory and on a real topic alike. */
export function publisherContract(name: string, subject: () => PublisherUnderTest): void {
  describe(`publisher contract: ${name}`, () => {
    it('publishes up to ten messages to the byte, with the attributes that subscribers filter on', async () => {
      const { publisher, arrived } = subject();
      const publications = Array.from(
        { length: 10 },
        (_, index): Publication => ({
          key: `0-${index}`,
          body: JSON.stringify({ n: index, text: 'Grüße 👋 "quoted" <tag> & \u2028' }),
          attributes: { type: 'counterfoil.test.v1', ...(index % 2 === 0 ? { channel: 'email' } : {}) },
          groupId: index % 2 === 0 ? 'acme' : 'globex',
        }),
      );
      assert.deepEqual(await publisher.publishBatch(publications), []);
      const byBody = (one: { body: string }, other: { body: string }): number => one.body.localeCompare(other.body);
      const found = await eventually('ten messages', async () => {
        const all = await arrived();
        return all.length === 10 && all.sort(byBody);
      });
      assert.deepEqual(found, publications.map(({ body, attributes }) => ({ body, attributes })).sort(byBody));
    });
  });
}

export type ProviderUnderTest = {
  provider: Provider;
  message: OutgoingMessage;
  /** What reached the recipient, oldest first. */
  received(): Promise<{ providerMessageId: string; to: string; says: string }[]>;
};

/** What every provider must do, in memory and behind the real protocol alike. */
export function providerContract(name: string, subject: () => ProviderUnderTest): void {
  describe(`provider contract: ${name}`, () => {
    it('delivers once for each accepted call, under the id of the answer', async () => {
      const { provider, message, received } = subject();
      const answers = [await provider.send(message), await provider.send({ ...message, attemptNonce: 'nonce-2' })];
      const ids = answers.map((answer) =>
        answer.kind === 'accepted' ? answer.providerMessageId : assert.fail(answer.reason),
      );
      assert.equal(new Set(ids).size, 2);
      const { rendered } = message;
      const says = rendered.channel === 'email' ? rendered.text : rendered.body;
      const expected = ids.map((providerMessageId) => ({ providerMessageId, to: message.recipients[0], says }));
      assert.deepEqual(await received(), expected);
    });
  });
}
