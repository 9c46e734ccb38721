/**
 * What a notification says and to whom. Personal data: it lies in the notification's content row and
 * travels in no message of ours.
 */
export type NotificationContent = TemplatedContent | DirectContent;

/** A text of ours, filled with data. */
export type TemplatedContent = {
  recipients: readonly string[];
  /** BCP 47: how figures and times are written. */
  locale: string;
  /** Which text; `data` is what it is filled with. */
  template: 'order-confirmation';
  data: OrderConfirmation;
  /** Written once, before the first attempt: every attempt and every later look shows the same. */
  rendered?: Rendered;
};

/** What a caller wrote, to be sent as it is. It needs no rendering: this is what is sent. */
export type DirectContent = {
  recipients: readonly string[];
  template: 'direct';
  message: DirectEmail | RenderedSms;
};

export type DirectEmail = RenderedEmail & { attachments?: readonly AttachedFile[] };

/** A file that was uploaded before, by what it was declared to be: whatever is sent has this checksum. */
export type AttachedFile = {
  attachmentId: string;
  name: string;
  contentType: string;
  /** In bytes. */
  size: number;
  /** SHA-256 in hexadecimal. */
  sha256: string;
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
export type Renderer = (content: TemplatedContent) => Rendered | Promise<Rendered>;

/** `html` is missing where only plain text was given. */
export type RenderedEmail = { channel: 'email'; subject: string; html?: string; text: string };

export type RenderedSms = {
  channel: 'sms';
  body: string;
  /** Parts that the carrier sends and bills. */
  segments: number;
};
