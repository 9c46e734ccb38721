import { Eta } from 'eta/core';
import type { RenderedEmail, TemplatedContent } from '#shared/notification/content.ts';
import { EMAIL_TEMPLATE } from './email-template.ts';
import { countText, momentText, moneyFormat } from './figures.ts';
import { singleLine } from './text.ts';

/** Everything between `<%=` and `%>` is escaped; the template has no raw output. */
const eta = new Eta({ autoEscape: true, useWith: false });
// Compiled on first use, because compiling takes longer than rendering and not every invocation sends.
let compiled: ReturnType<typeof eta.compile> | undefined;

/**
 * The confirmation as an e-mail, in HTML and in plain text. The subject contains no user input, so that no one can make
 * us send words of their choice under our name.
 */
export function renderEmail(content: TemplatedContent): RenderedEmail & { html: string } {
  const view = viewOf(content);
  compiled ??= eta.compile(EMAIL_TEMPLATE);
  return { channel: 'email', subject: view.subject, html: eta.render(compiled, view), text: textOf(view) };
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

function viewOf({ locale, data }: TemplatedContent): View {
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
