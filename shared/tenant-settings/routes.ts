import type { NamedSchemas } from '#shared/http/openapi/compose.ts';
import { commandRoute, questionRoute, requestRoute } from '#shared/http/route.ts';
import { replaceSettings } from './commands.ts';
import { previewSettings } from './preview.ts';
import { getSettings } from './queries.ts';
import { previewSchema, SETTINGS_BODY_BYTES, settingsSchema } from './requests.ts';
import { previewViewSchema, settingsAnswerSchema, settingsViewSchema } from './responses.ts';

/** Names in the OpenAPI document. */
export const settingsSchemas: NamedSchemas = {
  ReplaceSettings: { schema: settingsSchema },
  SettingsAnswer: { schema: settingsAnswerSchema },
  Settings: { schema: settingsViewSchema },
  PreviewSettings: { schema: previewSchema },
  SettingsPreview: { schema: previewViewSchema },
};

export const settingsCommands = () => [
  commandRoute({
    method: 'PUT',
    path: '/settings',
    scope: 'messages:write',
    operationId: 'replaceSettings',
    tag: 'Messages',
    summary: 'Replace the settings of the tenant’s messages',
    description:
      'The body replaces all settings. A field that is absent is reset to the default of the stage. Send the ETag of the ' +
      'settings that you have read as If-Match. Commands use the new settings within 30 seconds.',
    isConditional: true,
    body: {
      schema: settingsSchema,
      maximumBytes: SETTINGS_BODY_BYTES,
      example: {
        events: { OrderPlaced: ['email'] },
        defaultLocale: 'de',
        sender: { name: 'Acme Shop', replyTo: 'help@shop.example' },
        brand: { name: 'Acme Shop', color: '#1b5e20', logoUrl: 'https://shop.example/logo.png' },
        fallback: { email: { afterMinutes: 30 } },
      },
    },
    answer: { status: 200, description: 'The settings are replaced.', schema: settingsAnswerSchema, hasETag: true },
    handle: replaceSettings,
  }),
];

const EXAMPLE_OVERRIDE = {
  template: 'order-confirmation',
  channel: 'email',
  locale: 'en',
  subject: 'Thank you! Order {{orderId}}',
  text: 'Hello {{name}},\n\nwe are packing:\n{{lines}}\n\nTotal: {{total}}',
};

export const settingsPreviews = () => [
  questionRoute({
    path: '/settings/preview',
    scope: 'messages:read',
    operationId: 'previewSettings',
    tag: 'Messages',
    summary: 'See the messages of an event with sample data, without sending them',
    description:
      'With `settings`, the messages are as these settings would make them. Otherwise the settings in force are used. ' +
      'Nothing is sent or stored, so the request has no Idempotency-Key.',
    body: {
      schema: previewSchema,
      maximumBytes: SETTINGS_BODY_BYTES,
      example: { event: 'OrderPlaced', locale: 'en', settings: { templates: [EXAMPLE_OVERRIDE] } },
    },
    answer: { status: 200, description: 'The messages, one for each channel.', schema: previewViewSchema },
    handle: previewSettings,
  }),
];

export const settingsQueries = () => [
  requestRoute({
    method: 'GET',
    path: '/settings',
    scope: 'messages:read',
    operationId: 'getSettings',
    tag: 'Messages',
    summary: 'Read the settings of the tenant’s messages',
    description: 'Version 0: nothing was ever set.',
    answer: { status: 200, description: 'The settings.', schema: settingsViewSchema, hasETag: true },
    handle: getSettings,
  }),
];
