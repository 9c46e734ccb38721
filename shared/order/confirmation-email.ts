import type { RenderedEmail } from '#shared/notification/content.ts';
import { countText, momentText, moneyFormat } from '#shared/notification/rendering/figures.ts';
import { htmlFrom } from '#shared/notification/rendering/html.ts';
import { singleLine } from '#shared/notification/rendering/text.ts';
import type { Filling } from '#shared/notification/template.ts';
import type { OrderConfirmation } from './confirmation.ts';
import { CONFIRMATION_HTML } from './confirmation-html.ts';

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
  subject: string;
  heading: string;
  greeting: string;
  introduction: string;
  orderId: string;
  placedAt: string;
  lines: { description: string; quantity: string; unitPrice: string; amount: string }[];
  noLines: string;
  total: string;
  footer: string;
};

function viewOf({ locale, data }: Filling<OrderConfirmation>): View {
  const money = moneyFormat(data.currency, locale, 'symbol');
  return {
    subject: `Order ${data.orderId} is placed`,
    heading: 'Thank you for your order',
    greeting: `Hello ${singleLine(data.name)},`,
    introduction: 'we have received your order. This is what it holds:',
    orderId: data.orderId,
    placedAt: momentText(data.placedAt),
    lines: (data.lines ?? []).map(({ description, quantity, unitPrice }) => ({
      description: singleLine(description),
      quantity: countText(quantity, locale),
      unitPrice: money(BigInt(unitPrice)),
      amount: money(BigInt(quantity) * BigInt(unitPrice)),
    })),
    noLines: 'It has no items yet.',
    total: money(BigInt(data.total)),
    footer: 'You receive this message because this address was given with the order.',
  };
}

function textOf(view: View): string {
  const lines = view.lines.map(
    ({ quantity, description, unitPrice, amount }) => `${quantity} x ${description}\n    ${unitPrice} each, ${amount}`,
  );
  const parts = [
    view.heading,
    `${view.greeting}\n${view.introduction}`,
    `Order:  ${view.orderId}\nPlaced: ${view.placedAt}`,
    lines.length === 0 ? view.noLines : lines.join('\n'),
    `Total: ${view.total}`,
    `-- \n${view.footer}`,
  ];
  return `${parts.join('\n\n')}\n`;
}
