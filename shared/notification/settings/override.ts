import type { Channel } from '#shared/names.ts';
import { languageOf } from '#shared/notification/rendering/language.ts';
import type { TemplateOverride, TenantSettings } from './settings.ts';

/** The template of ours that is rendered, and for which locale. */
export type Wanted = { template: string; channel: Channel; locale: string };

/**
 * The tenant's own text for a template: for the recipient's locale, else for its language, else for the language in
 * which our own text would be. So an override may be in any language, and `de` also covers `de-AT`.
 */
export function overrideFor({ templates = [] }: TenantSettings, wanted: Wanted): TemplateOverride | undefined {
  const { template, channel, locale } = wanted;
  const ofTemplate = templates.filter((one) => one.template === template && one.channel === channel);
  const tags = [locale.toLowerCase(), locale.toLowerCase().split('-')[0], languageOf(locale)];
  return tags
    .map((tag) => ofTemplate.find((one) => one.locale.toLowerCase() === tag))
    .find((override) => override !== undefined);
}
