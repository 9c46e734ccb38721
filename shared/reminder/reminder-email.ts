import type { RenderedEmail } from '#shared/notification/content.ts';
import { moneyFormat, timeText } from '#shared/notification/rendering/figures.ts';
import { languageOf, type Texts } from '#shared/notification/rendering/language.ts';
import { singleLine } from '#shared/notification/rendering/text.ts';
import type { Filling } from '#shared/notification/template.ts';
import { EMAIL_WORDS } from '#shared/order/confirmation-texts.ts';
import type { OrderReminder } from './order-reminder.ts';

/** The words that a confirmation does not have. */
const WORDS: Texts<{
  subject: (orderId: string) => string;
  body: (orderId: string, placedAt: string, total: string) => string;
}> = {
  en: {
    subject: (orderId) => `Order ${orderId} is not confirmed yet`,
    body: (orderId, placedAt, total) =>
      `your order ${orderId} of ${placedAt} is not confirmed yet. Its total is ${total}.`,
  },
  de: {
    subject: (orderId) => `Bestellung ${orderId} ist noch nicht bestätigt`,
    body: (orderId, placedAt, total) =>
      `Ihre Bestellung ${orderId} vom ${placedAt} ist noch nicht bestätigt. Die Summe beträgt ${total}.`,
  },
};

/** The reminder as an e-mail in plain text. As in a confirmation, the subject contains no user input. */
export function reminderEmail({ locale, data }: Filling<OrderReminder>): RenderedEmail {
  const { orderId, name, currency, total, placedAt } = data;
  const language = languageOf(locale);
  const { greeting, footer } = EMAIL_WORDS[language];
  const { subject, body } = WORDS[language];
  const money = moneyFormat(currency, locale, 'symbol');
  const sentence = body(orderId, timeText(placedAt, locale), money(BigInt(total)));
  const parts = [greeting(singleLine(name)), sentence, `-- \n${footer}`];
  return { channel: 'email', subject: subject(orderId), text: `${parts.join('\n\n')}\n` };
}
