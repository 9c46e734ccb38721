import type { Texts } from '#shared/notification/rendering/language.ts';
import type { OrderStatus } from '#shared/order/order.ts';

/** Where an order stands, as a sentence. All letters are in GSM-7. */
export const STATUS_SENTENCE: Texts<Readonly<Record<OrderStatus, (orderId: string) => string>>> = {
  en: {
    placed: (orderId) => `Order ${orderId} is placed.`,
    confirmed: (orderId) => `Order ${orderId} is confirmed.`,
    approved: (orderId) => `Order ${orderId} is approved.`,
    cancelled: (orderId) => `Order ${orderId} is cancelled.`,
  },
  de: {
    placed: (orderId) => `Bestellung ${orderId} ist eingegangen.`,
    confirmed: (orderId) => `Bestellung ${orderId} ist bestätigt.`,
    approved: (orderId) => `Bestellung ${orderId} ist freigegeben.`,
    cancelled: (orderId) => `Bestellung ${orderId} ist storniert.`,
  },
};

/** Why the message arrives on this channel. The name comes last in a text message, so that cutting loses the least. */
export const REASON: Texts<{ sms: (name: string) => string; email: string; subject: (orderId: string) => string }> = {
  en: {
    sms: (name) => `We could not reach you by e-mail, ${name}.`,
    email: 'We could not reach you by text message.',
    subject: (orderId) => `About your order ${orderId}`,
  },
  de: {
    sms: (name) => `Wir konnten Sie per E-Mail nicht erreichen, ${name}.`,
    email: 'Wir konnten Sie per SMS nicht erreichen.',
    subject: (orderId) => `Zu Ihrer Bestellung ${orderId}`,
  },
};
