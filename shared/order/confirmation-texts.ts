import type { Plural, Texts } from '#shared/notification/rendering/language.ts';

/** The words of the e-mail. */
export type EmailWords = {
  subject: (orderId: string) => string;
  heading: string;
  greeting: (name: string) => string;
  introduction: string;
  order: string;
  placed: string;
  item: string;
  amount: string;
  each: string;
  noLines: string;
  total: string;
  footer: string;
};

export const EMAIL_WORDS: Texts<EmailWords> = {
  en: {
    subject: (orderId) => `Order ${orderId} is placed`,
    heading: 'Thank you for your order',
    greeting: (name) => `Hello ${name},`,
    introduction: 'we have received your order:',
    order: 'Order',
    placed: 'Placed',
    item: 'Item',
    amount: 'Amount',
    each: 'each',
    noLines: 'It has no items yet.',
    total: 'Total',
    footer: 'You receive this message because this address was given with the order.',
  },
  de: {
    subject: (orderId) => `Bestellung ${orderId} ist eingegangen`,
    heading: 'Vielen Dank für Ihre Bestellung',
    greeting: (name) => `Guten Tag ${name},`,
    introduction: 'wir haben Ihre Bestellung erhalten:',
    order: 'Bestellung',
    placed: 'Eingang',
    item: 'Artikel',
    amount: 'Betrag',
    each: 'je Stück',
    noLines: 'Sie enthält noch keine Artikel.',
    total: 'Summe',
    footer: 'Sie erhalten diese Nachricht, weil diese Adresse bei der Bestellung angegeben wurde.',
  },
};

/** The words of the text message. All their letters are in GSM-7, which keeps the message short and cheap. */
export type TextWords = {
  /** @param items such as `2 items, EUR 25.00 in total`; undefined: the order has no items. */
  body: (order: { orderId: string; name: string; items?: string }) => string;
  /** @param count the formatted count. @param noun the form of `items` for the count. */
  items: (count: string, noun: string, total: string) => string;
  item: Plural;
};

export const TEXT_WORDS: Texts<TextWords> = {
  en: {
    body: ({ orderId, name, items }) =>
      `Order ${orderId} is placed${items === undefined ? ', without items so far' : `: ${items}`}. Thank you, ${name}!`,
    items: (count, noun, total) => `${count} ${noun}, ${total} in total`,
    item: { one: 'item', other: 'items' },
  },
  de: {
    body: ({ orderId, name, items }) =>
      `Bestellung ${orderId} ist eingegangen${items === undefined ? ', noch ohne Artikel' : `: ${items}`}. Vielen Dank, ${name}!`,
    items: (count, noun, total) => `${count} ${noun}, ${total} gesamt`,
    item: { one: 'Artikel', other: 'Artikel' },
  },
};
