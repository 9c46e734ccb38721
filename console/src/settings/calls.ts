import type { Api, Result } from '#console/base/api.ts';
import type { PreviewView, SettingsAnswer, SettingsView } from '#shared/tenant-settings/responses.ts';
import type { Settings } from './catalogue.ts';

export const readSettings = (api: Api, signal?: AbortSignal): Promise<Result<SettingsView>> =>
  api.get('/settings', signal);

/** @param version that the settings replace. @param key stays the same when a person repeats the change after a lost answer. */
export const replaceSettings = (
  api: Api,
  settings: Settings,
  { version, key }: { version: number; key: string },
): Promise<Result<SettingsAnswer>> => api.send('PUT', '/settings', { body: settings, key, ifMatch: `"${version}"` });

/** The messages of an event as these settings would make them. */
export const previewSettings = (
  api: Api,
  question: { event: string; locale: string; settings: Settings },
  signal: AbortSignal,
): Promise<Result<PreviewView>> => api.send('POST', '/settings/preview', { body: question, signal });
