/**
 * What a notification says and to whom. Personal data: it lies in the notification's content row and
 * travels in no message of ours.
 */
export type NotificationContent = {
  recipients: readonly string[];
  /** BCP 47: how figures and times are written. */
  locale: string;
  /** Which text; `data` is what it is filled with. Later templates join as a union. */
  template: 'order-confirmation';
  data: OrderConfirmation;
  /** Written once, before the first attempt: every attempt and every later look shows the same. */
  rendered?: Rendered;
};

export type OrderConfirmation = {
  orderId: string;
  name: string;
  /** ISO 4217. */
  currency: string;
  /** In minor units of the currency. */
  total: number;
  /** Sum of the quantities. */
  itemCount: number;
  /** ISO 8601 in UTC. */
  placedAt: string;
  /** For channels that list them: a text message only counts, and shows no purchases on a locked screen. */
  lines?: readonly ConfirmedLine[];
};

export type ConfirmedLine = {
  description: string;
  quantity: number;
  /** In minor units of the currency. */
  unitPrice: number;
};

/** What is handed to the provider. */
export type Rendered = RenderedEmail | RenderedSms;

/**
 * Turns content into what a provider is given. Pure: the same content gives the same bytes, on any machine and
 * in any time zone. Each sender brings its own, so that it loads nothing for the other channels.
 */
export type Renderer = (content: NotificationContent) => Rendered | Promise<Rendered>;

export type RenderedEmail = { channel: 'email'; subject: string; html: string; text: string };

export type RenderedSms = {
  channel: 'sms';
  body: string;
  /** Parts that the carrier sends and bills. */
  segments: number;
};
