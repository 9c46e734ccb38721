import { jsonResponse, type Reply } from '#shared/http/event.ts';
import type { WithBody } from '#shared/http/json-body.ts';
import type { TenantRequest } from '#shared/http/route.ts';
import type { ContactChannel } from '#shared/names.ts';
import type { Rendered, Renderer } from '#shared/notification/content.ts';
import { channelsOn } from '#shared/notification/request.ts';
import type { TenantSettings } from '#shared/notification/settings/settings.ts';
import type { SettingsReader } from '#shared/notification/settings/settings-reader.ts';
import { type EventMessage, MESSAGE_EVENTS } from './events.ts';
import type { PreviewBody } from './requests.ts';
import type { PreviewView } from './responses.ts';

export type PreviewPorts = { tenantSettings: SettingsReader };

type Previewed = PreviewView['messages'][number];

/** The messages of an event with sample data, as their senders would render them. Nothing is sent or stored. */
export async function previewSettings(
  { tenant, json }: TenantRequest & WithBody<PreviewBody>,
  { tenantSettings }: PreviewPorts,
): Promise<Reply> {
  const { event, settings: draft } = json.valid;
  const message = MESSAGE_EVENTS[event];
  if (!message) throw new TypeError('The schema accepts only events that send messages.');
  const settings = draft ?? (await settingsInForce(tenant, tenantSettings));
  const locale = json.valid.locale ?? settings.defaultLocale ?? 'en';
  const renderers = await loadRenderers();
  const on = channelsOn(event, message.channels, { settings });
  const messages = message.channels.map(async (channel) => ({
    channel,
    template: message.template.name,
    purpose: message.purpose,
    isOn: on.includes(channel),
    ...shown(await rendered(message, locale, settings, renderers[channel])),
  }));
  const view: PreviewView = { event, locale, messages: await Promise.all(messages) };
  return jsonResponse(JSON.stringify(view));
}

async function settingsInForce(tenant: string, settings: SettingsReader): Promise<TenantSettings> {
  const current = await settings.current(tenant);
  return current ? settings.version(tenant, current.version) : {};
}

/** Loaded when a preview is requested, because a command that starts needs none of it. */
async function loadRenderers(): Promise<Record<ContactChannel, Renderer>> {
  const [{ emailRenderer }, { smsRenderer }] = await Promise.all([
    import('./email-renderer.ts'),
    import('./sms-renderer.ts'),
  ]);
  return { email: emailRenderer, sms: smsRenderer };
}

const rendered = (
  { template }: EventMessage,
  locale: string,
  settings: TenantSettings,
  render: Renderer,
): Rendered | Promise<Rendered> =>
  render({ recipients: [], locale, template: template.name, data: template.sample }, settings);

function shown(message: Rendered): Omit<Previewed, 'channel' | 'template' | 'purpose' | 'isOn'> {
  if (message.channel === 'webhook') return { text: message.body };
  if (message.channel === 'sms') return { text: message.body, segments: message.segments };
  const { channel: _channel, ...email } = message;
  return email;
}
