import type { RenderedEmail } from '#shared/notification/content.ts';
import { countText, moneyFormat, timeText } from '#shared/notification/rendering/figures.ts';
import { htmlFrom } from '#shared/notification/rendering/html.ts';
import { type Language, languageOf } from '#shared/notification/rendering/language.ts';
import { singleLine } from '#shared/notification/rendering/text.ts';
import type { Filling } from '#shared/notification/template.ts';
import type { OrderConfirmation } from './confirmation.ts';
import { CONFIRMATION_HTML } from './confirmation-html.ts';
import { EMAIL_WORDS, type EmailWords } from './confirmation-texts.ts';

const html = htmlFrom<View>(CONFIRMATION_HTML);

/**
 * The confirmation as an e-mail, in HTML and in plain text. The subject contains no user input, so that no one can make
 * us send words of their choice under our name.
 */
export function confirmationEmail(filling: Filling<OrderConfirmation>): RenderedEmail & { html: string } {
  const view = viewOf(filling);
  return { channel: 'email', subject: view.subject, html: html(view), text: textOf(view) };
}

/** Formatted strings for both parts, so that the parts cannot differ. */
type View = {
  language: Language;
  /** The labels. They are the same for every order. */
  words: EmailWords;
  subject: string;
  greeting: string;
  orderId: string;
  placedAt: string;
  lines: { description: string; quantity: string; unitPrice: string; amount: string }[];
  total: string;
};

function viewOf({ locale, data }: Filling<OrderConfirmation>): View {
  const language = languageOf(locale);
  const words = EMAIL_WORDS[language];
  const money = moneyFormat(data.currency, locale, 'symbol');
  return {
    language,
    words,
    subject: words.subject(data.orderId),
    greeting: words.greeting(singleLine(data.name)),
    orderId: data.orderId,
    placedAt: timeText(data.placedAt, locale),
    lines: (data.lines ?? []).map(({ description, quantity, unitPrice }) => ({
      description: singleLine(description),
      quantity: countText(quantity, locale),
      unitPrice: money(BigInt(unitPrice)),
      amount: money(BigInt(quantity) * BigInt(unitPrice)),
    })),
    total: money(BigInt(data.total)),
  };
}

function textOf(view: View): string {
  const { words } = view;
  const lines = view.lines.map(
    ({ quantity, description, unitPrice, amount }) =>
      `${quantity} x ${description}\n    ${unitPrice} ${words.each}, ${amount}`,
  );
  const parts = [
    words.heading,
    `${view.greeting}\n${words.introduction}`,
    `${words.order}: ${view.orderId}\n${words.placed}: ${view.placedAt}`,
    lines.length === 0 ? words.noLines : lines.join('\n'),
    `${words.total}: ${view.total}`,
    `-- \n${words.footer}`,
  ];
  return `${parts.join('\n\n')}\n`;
}
