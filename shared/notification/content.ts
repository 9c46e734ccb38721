import { shapeOf } from '#shared/messaging/versions.ts';
import type { EmailSender, TenantSettings } from './settings/settings.ts';

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
  /** The name of the template; `data` fills it. See `Template`. */
  template: string;
  data: unknown;
  /** The version of the tenant's settings that it is rendered with. Absent: the tenant has set nothing. */
  settings?: number;
  /** Stored once, before the first attempt, so that every attempt and every later view shows the same. */
  rendered?: Rendered;
};

/** Our own template as a concept requests it. Without a locale, the tenant's default locale is stored. */
export type RequestedContent = Omit<TemplatedContent, 'locale' | 'settings' | 'rendered'> & { locale?: string };

/** Text that the caller wrote. It is sent unchanged, so it needs no rendering. */
export type DirectContent = {
  recipients: readonly string[];
  template: 'direct';
  message: DirectEmail | RenderedSms | RenderedWebhook;
  /** The version of the tenant's settings that have the sender of the e-mail. Absent: the stage's sender alone. */
  settings?: number;
};

/** Whether a caller wrote the text. The name of this kind of content is the name of no template. */
export const isDirect = (content: NotificationContent): content is DirectContent => content.template === 'direct';

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

/** The text as it is passed to the provider. */
export type Rendered = RenderedEmail | RenderedSms | RenderedWebhook;

/** It is stored in the content's row, and has its own version there. */
export const RENDERED = shapeOf<Rendered>('rendered');

/**
 * Renders content for the provider, with the settings that the content names. It is pure: the same content gives the same bytes on every machine and in every
 * time zone. Each sender has its own renderer, so that it loads nothing for other channels.
 */
export type Renderer = (content: TemplatedContent, settings?: TenantSettings) => Rendered | Promise<Rendered>;

/** `html` is missing if the caller gave plain text only. */
export type RenderedEmail = {
  channel: 'email';
  subject: string;
  html?: string;
  text: string;
  /** The name and the address for answers that the tenant has set. */
  sender?: EmailSender;
};

/** RFC 3834: out-of-office responders and ticket systems do not answer an e-mail with this header. */
export const AUTOMATIC_HEADER = { name: 'Auto-Submitted', value: 'auto-generated' } as const;

export type RenderedSms = {
  channel: 'sms';
  body: string;
  /** Number of parts that the carrier sends and bills. */
  segments: number;
};

/** The body of a webhook: a published message, unchanged. Its recipient is the id of an endpoint. */
export type RenderedWebhook = { channel: 'webhook'; body: string };
