import type { RenderedEmail } from '#shared/notification/content.ts';
import { singleLine } from '#shared/notification/rendering/text.ts';
import { framed, hasHeader, withHeader } from './frame.ts';
import { parseHtml } from './html-template.ts';
import { type Customisation, EMAIL_LIMIT } from './limits.ts';
import { overrideFor } from './override.ts';
import { escapedHtml, filled, parseText, type Values } from './placeholders.ts';
import type { TemplateOverride, TenantSettings } from './settings.ts';

/** Subject, text and HTML of a mail. `fragment`: HTML that still needs its frame. */
type Mail = { subject: string; text: string; html?: string; fragment?: string };

/**
 * A mail of ours as the tenant has set it: the tenant's own text, its brand, and its sender. If the text cannot be filled,
 * is empty, or becomes too large with the data of this message, our own text is sent instead, because the message matters
 * more.
 */
export function customisedEmail(
  own: RenderedEmail,
  { template, locale, valuesFor }: Customisation,
  settings: TenantSettings,
): RenderedEmail {
  const override = overrideFor(settings, { template, channel: 'email', locale });
  const { brand, sender } = settings;
  const mail = (override && overridden(own, override, { ...valuesFor('email'), brandName: brand?.name ?? '' })) ?? own;
  const html = htmlOf(mail, override?.locale ?? locale, settings);
  return {
    channel: 'email',
    subject: mail.subject,
    text: brand?.name === undefined ? mail.text : `${brand.name}\n\n${mail.text}`,
    ...(html !== undefined && { html }),
    ...(sender && { sender }),
  };
}

function htmlOf(mail: Mail, language: string, { brand }: TenantSettings): string | undefined {
  if (mail.fragment !== undefined) return framed(mail.fragment, { language, subject: mail.subject, brand });
  if (!hasHeader(brand)) return mail.html;
  if (mail.html !== undefined) return withHeader(mail.html, brand);
  return framed(asHtml(mail.text), { language, subject: mail.subject, brand });
}

/** @returns undefined if our own mail has to be sent instead. */
function overridden(own: RenderedEmail, override: TemplateOverride, values: Values): Mail | undefined {
  const { subject, text, html } = override;
  const mail = {
    subject: subject === undefined ? own.subject : filled(parseText(subject), values),
    text: text === undefined ? own.text : filled(parseText(text), values),
    fragment: html === undefined ? undefined : filled(parseHtml(html), values),
  };
  if (mail.subject === undefined || mail.text === undefined) return undefined;
  if ([mail.subject, mail.text].some((part) => part.trim() === '')) return undefined;
  if (html !== undefined && mail.fragment === undefined) return undefined;
  if (mail.text.length > EMAIL_LIMIT.textCharacters || (mail.fragment?.length ?? 0) > EMAIL_LIMIT.htmlCharacters)
    return undefined;
  const subjectAndText = { subject: cut(singleLine(mail.subject)), text: mail.text };
  // Most readers show HTML. So a text of the tenant's without HTML is also shown as HTML, and not our own beside it.
  if (mail.fragment !== undefined) return { ...subjectAndText, fragment: mail.fragment };
  if (text !== undefined) return { ...subjectAndText, fragment: asHtml(mail.text) };
  return { ...subjectAndText, ...(own.html !== undefined && { html: own.html }) };
}

const cut = (subject: string): string => Array.from(subject).slice(0, EMAIL_LIMIT.subjectCharacters).join('');

/** Plain text as paragraphs. */
const asHtml = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .trim()
    .split(/\n{2,}/)
    .map((paragraph) => `<p style="margin:0 0 16px;">${escapedHtml(paragraph).replaceAll('\n', '<br>\n')}</p>`)
    .join('\n');
