import type { ProviderEvent } from '#shared/feedback/provider-event.ts';
import { scrubbed, unscrubbed } from '#shared/feedback/scrubbed-feedback.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import type { RecipientKey } from '#shared/recipient/recipient-key.ts';

/** Reads an event as the provider sent it, or as a dead letter keeps it. */
export const eventReader =
  (parse: (body: string) => ProviderEvent) =>
  (body: string): ProviderEvent => {
    const feedback = unscrubbed(body);
    return feedback ? { kind: 'feedback', eventType: 'scrubbed', feedback } : parse(body);
  };

/** Converts an event to what a dead letter may keep; to undefined if it cannot be read. */
export const eventScrubber =
  (eventIn: (body: string) => ProviderEvent, recipientKey: () => Promise<RecipientKey>) =>
  async (body: string): Promise<string | undefined> => {
    try {
      const event = eventIn(body);
      return event.kind === 'feedback' ? await scrubbed(event.feedback, recipientKey) : undefined;
    } catch (error) {
      // An unreadable event cannot be scrubbed. The dead letter describes the fault.
      if (error instanceof PoisonMessage) return undefined;
      throw error;
    }
  };
