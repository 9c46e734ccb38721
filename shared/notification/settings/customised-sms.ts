import type { RenderedSms } from '#shared/notification/content.ts';
import { smsOf } from '#shared/notification/rendering/sms.ts';
import type { Customisation } from './limits.ts';
import { overrideFor } from './override.ts';
import { filled, parseText } from './placeholders.ts';
import type { TenantSettings } from './settings.ts';

/**
 * A text message of ours as the tenant has set it. Like ours, it is cut if it is too long with this message's data. If it
 * cannot be filled, or is empty, our own text is sent instead.
 */
export function customisedSms(
  own: RenderedSms,
  { template, locale, valuesFor }: Customisation,
  settings: TenantSettings,
): RenderedSms {
  const override = overrideFor(settings, { template, channel: 'sms', locale });
  const body =
    override?.text === undefined
      ? undefined
      : filled(parseText(override.text), { ...valuesFor('sms'), brandName: settings.brand?.name ?? '' });
  return body === undefined || body.trim() === '' ? own : smsOf(body);
}
