import { shapeOf } from '#shared/messaging/versions.ts';

/**
 * The text and the recipients of a notification. This is personal data, so it is stored in the notification's content
 * row and no envelope carries it.
 */
export type NotificationContent = TemplatedContent | DirectContent;

export const CONTENT = shapeOf<NotificationContent>('content');

/** Our own template, filled with data. */
export type TemplatedContent = {
  recipients: readonly string[];
  /** BCP 47: the format of figures and times. */
  locale: string;
  /** The template; `data` fills it. */
  template: 'order-confirmation';
  data: OrderConfirmation;
  /** Stored once, before the first attempt, so that every attempt and every later view shows the same. */
  rendered?: Rendered;
};

/** Text that the caller wrote. It is sent unchanged, so it needs no rendering. */
export type DirectContent = {
  recipients: readonly string[];
  template: 'direct';
  message: DirectEmail | RenderedSms;
};

export type DirectEmail = RenderedEmail & { attachments?: readonly AttachedFile[] };

/** An uploaded file with its declared properties. The bytes that are sent have this checksum. */
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
  /** For channels that list the lines. A text message shows only their count: no purchases on a locked screen. */
  lines?: readonly ConfirmedLine[];
};

export type ConfirmedLine = {
  description: string;
  quantity: number;
  /** In minor units of the currency. */
  unitPrice: number;
};

/** The text as it is passed to the provider. */
export type Rendered = RenderedEmail | RenderedSms;

/** It is stored in the content's row, and has its own version there. */
export const RENDERED = shapeOf<Rendered>('rendered');

/**
 * Renders content for the provider. It is pure: the same content gives the same bytes on every machine and in every
 * time zone. Each sender has its own renderer, so that it loads nothing for other channels.
 */
export type Renderer = (content: TemplatedContent) => Rendered | Promise<Rendered>;

/** `html` is missing if the caller gave plain text only. */
export type RenderedEmail = { channel: 'email'; subject: string; html?: string; text: string };

export type RenderedSms = {
  channel: 'sms';
  body: string;
  /** Number of parts that the carrier sends and bills. */
  segments: number;
};
