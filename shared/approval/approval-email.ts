import type { RenderedEmail } from '#shared/notification/content.ts';
import { countText, moneyFormat, timeText } from '#shared/notification/rendering/figures.ts';
import { languageOf, type Plural, pluralOf, type Texts } from '#shared/notification/rendering/language.ts';
import { singleLine } from '#shared/notification/rendering/text.ts';
import type { Filling } from '#shared/notification/template.ts';
import { EMAIL_WORDS } from '#shared/order/confirmation-texts.ts';
import type { OrderApproval } from './order-approval.ts';

/** The words that a confirmation does not have. */
const WORDS: Texts<{
  subject: (orderId: string) => string;
  body: (order: { orderId: string; approvedAt: string; items: string }) => string;
  item: Plural;
}> = {
  en: {
    subject: (orderId) => `Order ${orderId} is approved`,
    body: ({ orderId, approvedAt, items }) => `your order ${orderId} was approved on ${approvedAt}. It has ${items}.`,
    item: { one: 'item', other: 'items' },
  },
  de: {
    subject: (orderId) => `Bestellung ${orderId} ist freigegeben`,
    body: ({ orderId, approvedAt, items }) =>
      `Ihre Bestellung ${orderId} wurde am ${approvedAt} freigegeben. Sie enthält ${items}.`,
    item: { one: 'Artikel', other: 'Artikel' },
  },
};

/** The approval as an e-mail in plain text. As in a confirmation, the subject contains no user input. */
export function approvalEmail({ locale, data }: Filling<OrderApproval>): RenderedEmail {
  const { orderId, name, currency, total, itemCount, approvedAt, lines } = data;
  const language = languageOf(locale);
  const { greeting, total: sum, footer } = EMAIL_WORDS[language];
  const { subject, body, item } = WORDS[language];
  const money = moneyFormat(currency, locale, 'symbol');
  const items = `${countText(itemCount, locale)} ${pluralOf(itemCount, language, item)}`;
  const listed = lines.map(
    ({ description, quantity, unitPrice }) =>
      `${countText(quantity, locale)} x ${singleLine(description)}, ${money(BigInt(quantity) * BigInt(unitPrice))}`,
  );
  const parts = [
    greeting(singleLine(name)),
    body({ orderId, approvedAt: timeText(approvedAt, locale), items }),
    ...(listed.length > 0 ? [listed.join('\n')] : []),
    `${sum}: ${money(BigInt(total))}`,
    `-- \n${footer}`,
  ];
  return { channel: 'email', subject: subject(orderId), text: `${parts.join('\n\n')}\n` };
}
