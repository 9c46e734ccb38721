import { type Decider, NOTHING_ANNOUNCED } from '#shared/messaging/decider.ts';
import type { WebhookSettingsView } from './responses.ts';
import {
  decide,
  evolve,
  WEBHOOK_SETTINGS,
  type WebhookSettings,
  type WebhookSettingsCommand,
  type WebhookSettingsEvent,
} from './settings.ts';
import { settingsView } from './view.ts';

/** The decider of a tenant's endpoints. It announces nothing, because no subscriber needs to know. */
export const webhookSettingsDecider: Decider<WebhookSettings, WebhookSettingsCommand, WebhookSettingsEvent> = {
  shape: WEBHOOK_SETTINGS,
  decide,
  evolve,
  announce: () => NOTHING_ANNOUNCED,
  // The stored answer contains no secret. `commands.ts` adds a new one to the answer that is sent.
  answer: (settings, _announced, version): WebhookSettingsView =>
    settingsView({ state: settings, version }, Date.parse(settings.updatedAt)),
  due: () => undefined,
};
