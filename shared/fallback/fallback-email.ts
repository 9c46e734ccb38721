import type { RenderedEmail } from '#shared/notification/content.ts';
import { languageOf } from '#shared/notification/rendering/language.ts';
import { singleLine } from '#shared/notification/rendering/text.ts';
import type { Filling } from '#shared/notification/template.ts';
import { EMAIL_WORDS } from '#shared/order/confirmation-texts.ts';
import { REASON, STATUS_SENTENCE } from './fallback-texts.ts';
import type { OrderFallback } from './order-fallback.ts';

/** The fallback of a text message as an e-mail in plain text. The subject contains no user input. */
export function fallbackEmail({ locale, data: { orderId, name, status } }: Filling<OrderFallback>): RenderedEmail {
  const language = languageOf(locale);
  const { greeting, footer } = EMAIL_WORDS[language];
  const { email, subject } = REASON[language];
  const sentence = `${STATUS_SENTENCE[language][status](orderId)} ${email}`;
  const text = `${[greeting(singleLine(name)), sentence, `-- \n${footer}`].join('\n\n')}\n`;
  return { channel: 'email', subject: subject(orderId), text };
}
