import { CLIENT } from '#shared/adapters/aws/dynamodb/client-tenants.ts';
import { EARLIER_LETTER } from '#shared/adapters/aws/dynamodb/earlier-dead-letters.ts';
import { ATTACHMENT } from '#shared/attachment/attachment.ts';
import { ALARM_STATE } from '#shared/automatic-redrive/alarm-state.ts';
import { AUTOMATIC_REDRIVE } from '#shared/automatic-redrive/automatic-redrive.ts';
import { CUSTOMER, CUSTOMER_ADDRESS } from '#shared/customer/customer.ts';
import { AUDIT_ENTRY } from '#shared/dead-letter/audit.ts';
import { CIRCUIT } from '#shared/delivery/circuit.ts';
import { REQUEST } from '#shared/delivery/handle-request.ts';
import { DIRECT_MESSAGE } from '#shared/direct-notification/direct-notification.ts';
import { ERASURE } from '#shared/erasure/erasure.ts';
import { FALLBACK } from '#shared/fallback/fallback.ts';
import { GREETING } from '#shared/greeting/greeting.ts';
import { PAUSES } from '#shared/lane/pauses.ts';
import { READINGS } from '#shared/lane/readings.ts';
import type { Shape } from '#shared/messaging/versions.ts';
import { CONTENT, RENDERED } from '#shared/notification/content.ts';
import { NOTIFICATION } from '#shared/notification/notification.ts';
import { OUTCOMES } from '#shared/notification/outcomes.ts';
import { SETTINGS, SETTINGS_VERSION } from '#shared/notification/settings/settings.ts';
import { DEAD_LETTER, DEAD_LETTER_GROUP } from '#shared/once/dead-letter.ts';
import { HANDLED } from '#shared/once/handled.ts';
import { OUTBOX } from '#shared/once/ports.ts';
import { REQUEST_COUNT } from '#shared/once/tenant-rate.ts';
import { APPROVAL } from '#shared/order/approval.ts';
import { ORDER } from '#shared/order/order.ts';
import { LISTED_ORDER } from '#shared/order-list/ports.ts';
import { REDRIVE_CHUNK } from '#shared/redrive/members.ts';
import { REDRIVE, RESERVATION } from '#shared/redrive/redrive.ts';
import { REMINDER } from '#shared/reminder/reminder.ts';
import { GENERATIONS } from '#shared/replay/generations.ts';
import { REPLAY } from '#shared/replay/replay.ts';
import { FEED } from '#shared/settlement/feed.ts';
import { HOUR_FIGURES, MINUTE_FIGURES } from '#shared/statistics/ports.ts';
import { STATISTICS_REVIEW } from '#shared/statistics/review.ts';
import { SUPPRESSION } from '#shared/suppression/ports.ts';
import { SUPPRESSION_REQUEST } from '#shared/suppression/suppression.ts';
import { WEBHOOK_SETTINGS } from '#shared/webhook/settings.ts';
import { WEBHOOK } from '#shared/webhook/webhook.ts';

/**
 * Every shape, by its name. The sources have no such list: each concept has its own shapes. `versions.test.ts` compares
 * this list with the sources.
 */
export const SHAPES = {
  order: ORDER,
  'listed-order': LISTED_ORDER,
  projection: GENERATIONS,
  replay: REPLAY,
  customer: CUSTOMER,
  customeraddress: CUSTOMER_ADDRESS,
  greeting: GREETING,
  approval: APPROVAL,
  reminder: REMINDER,
  fallback: FALLBACK,
  message: DIRECT_MESSAGE,
  notification: NOTIFICATION,
  content: CONTENT,
  attachment: ATTACHMENT,
  rendered: RENDERED,
  erasure: ERASURE,
  feed: FEED,
  circuit: CIRCUIT,
  outbox: OUTBOX,
  outcomes: OUTCOMES,
  suppressionrequest: SUPPRESSION_REQUEST,
  'statistics-minute': MINUTE_FIGURES,
  'statistics-hour': HOUR_FIGURES,
  statisticsreview: STATISTICS_REVIEW,
  suppression: SUPPRESSION,
  'dead-letter': EARLIER_LETTER,
  deadletter: DEAD_LETTER,
  deadlettergroup: DEAD_LETTER_GROUP,
  audit: AUDIT_ENTRY,
  pauses: PAUSES,
  lanes: READINGS,
  handled: HANDLED,
  requestcount: REQUEST_COUNT,
  redrive: REDRIVE,
  redrivegroup: RESERVATION,
  redrivechunk: REDRIVE_CHUNK,
  automaticredrive: AUTOMATIC_REDRIVE,
  alarmstate: ALARM_STATE,
  settings: SETTINGS,
  settingsversion: SETTINGS_VERSION,
  client: CLIENT,
  webhooksettings: WEBHOOK_SETTINGS,
  webhook: WEBHOOK,
  'notification-request': REQUEST,
} satisfies Record<string, Shape<unknown>>;

export type ShapeName = keyof typeof SHAPES;
