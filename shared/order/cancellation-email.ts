import type { RenderedEmail } from '#shared/notification/content.ts';
import { moneyFormat } from '#shared/notification/rendering/figures.ts';
import { languageOf, type Texts } from '#shared/notification/rendering/language.ts';
import { singleLine } from '#shared/notification/rendering/text.ts';
import type { Filling } from '#shared/notification/template.ts';
import type { OrderCancellation } from './cancellation.ts';
import { EMAIL_WORDS } from './confirmation-texts.ts';

/** The words that a confirmation does not have. */
const WORDS: Texts<{ subject: (orderId: string) => string; body: (orderId: string, total: string) => string }> = {
  en: {
    subject: (orderId) => `Order ${orderId} is cancelled`,
    body: (orderId, total) => `your order ${orderId} is cancelled. Its total was ${total}.`,
  },
  de: {
    subject: (orderId) => `Bestellung ${orderId} ist storniert`,
    body: (orderId, total) => `Ihre Bestellung ${orderId} ist storniert. Die Summe betrug ${total}.`,
  },
};

/** The cancellation as an e-mail in plain text. As in a confirmation, the subject contains no user input. */
export function cancellationEmail({ locale, data }: Filling<OrderCancellation>): RenderedEmail {
  const { orderId, name, currency, total } = data;
  const language = languageOf(locale);
  const { greeting, footer } = EMAIL_WORDS[language];
  const { subject, body } = WORDS[language];
  const money = moneyFormat(currency, locale, 'symbol');
  const parts = [greeting(singleLine(name)), body(orderId, money(BigInt(total))), `-- \n${footer}`];
  return { channel: 'email', subject: subject(orderId), text: `${parts.join('\n\n')}\n` };
}
