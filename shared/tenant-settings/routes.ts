import type { NamedSchemas } from '#shared/http/openapi/compose.ts';
import { commandRoute, requestRoute } from '#shared/http/route.ts';
import { replaceSettings } from './commands.ts';
import { getSettings } from './queries.ts';
import { SETTINGS_BODY_BYTES, settingsSchema } from './requests.ts';
import { settingsAnswerSchema, settingsViewSchema } from './responses.ts';

/** Names in the OpenAPI document. */
export const settingsSchemas: NamedSchemas = {
  ReplaceSettings: { schema: settingsSchema },
  SettingsAnswer: { schema: settingsAnswerSchema },
  Settings: { schema: settingsViewSchema },
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
      'The body replaces all settings. A field that is absent keeps what the stage does by itself. Send the ETag of the ' +
      'settings that you have read as If-Match. Commands use the new settings within 30 seconds.',
    isConditional: true,
    body: {
      schema: settingsSchema,
      maximumBytes: SETTINGS_BODY_BYTES,
      example: {
        events: { OrderPlaced: ['email'] },
        defaultLocale: 'de',
        fallback: { email: { afterMinutes: 30 } },
      },
    },
    answer: { status: 200, description: 'The settings are replaced.', schema: settingsAnswerSchema, hasETag: true },
    handle: replaceSettings,
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
    description: 'Version 0, without an ETag: nothing was ever set.',
    answer: { status: 200, description: 'The settings.', schema: settingsViewSchema, hasETag: true },
    handle: getSettings,
  }),
];
