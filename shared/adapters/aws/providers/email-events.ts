import type { EventReceiver, ProviderEvent } from '#shared/feedback/provider-event.ts';
import { checkGatewayName } from './gateway-name.ts';

/** The events of an e-mail provider. Each provider exports these from its `email-events.ts`. */
export type EmailEvents = {
  /** @throws PoisonMessage that does not quote the event. */
  parseEvent(body: string): ProviderEvent;
  /** Opens what verifies a posted request. Absent: AWS itself puts the events into the topic. */
  openReceiver?(): EventReceiver;
};

/**
 * Loads how the stage's e-mail provider reports events, without the client that sends.
 * @throws TypeError if the name is no provider's; otherwise the error of the import.
 */
export async function emailEvents(name: string): Promise<EmailEvents> {
  checkGatewayName(name);
  return import(`./${name}/email-events.ts`);
}
