import * as v from 'valibot';
import { utcTimestamp } from '#shared/http/input/fields.ts';
import { wholeNumber } from '#shared/http/input/structures.ts';
import { notificationSchema } from '#shared/notification/responses.ts';
import { orderLineSchema } from '#shared/order/requests.ts';
import { channel } from '#shared/recipient/channel.ts';
import { contactSchema } from '#shared/recipient/requests.ts';

const minorUnits = wholeNumber;

const orderFields = {
  orderId: v.string(),
  status: v.picklist(['placed', 'confirmed', 'approved', 'cancelled']),
  version: v.pipe(wholeNumber, v.minValue(1)),
  currency: v.string(),
  total: minorUnits,
  lines: v.array(orderLineSchema),
};

/** Answer to a command: the order after the command, and the notifications that the command requested. */
export const orderAnswerSchema = v.object({
  ...orderFields,
  notifications: v.array(v.object({ notificationId: v.string(), channel, status: v.picklist(['PENDING']) })),
});

/** What became of the e-mail that the order is approved. */
const approvalEmailSchema = v.object({
  /**
   * `pending`: its outcome is not known yet. `sent`: the provider has accepted it. `failed`: it was not sent, or it was
   * reported as bounced or rejected afterwards. `held`: a person must decide.
   */
  status: v.picklist(['pending', 'sent', 'failed', 'held']),
  /** When it got this status. Absent for `pending`, and for what was reported after it was sent. */
  at: v.optional(utcTimestamp),
  /** Why it failed or is held, as a code. */
  reason: v.optional(v.string()),
});

export type ApprovalEmailView = v.InferOutput<typeof approvalEmailSchema>;

/** An order with its notifications. */
export const orderViewSchema = v.object({
  ...orderFields,
  placedAt: utcTimestamp,
  confirmedAt: v.optional(utcTimestamp),
  approvedAt: v.optional(utcTimestamp),
  cancelledAt: v.optional(utcTimestamp),
  /** Why it was cancelled. Absent after an erasure. */
  reason: v.optional(v.string()),
  /** Absent after an erasure. */
  contact: v.optional(contactSchema),
  customerId: v.optional(v.string()),
  approvalEmail: v.optional(
    v.pipe(
      approvalEmailSchema,
      v.description(
        'What became of the e-mail that the order is approved. Absent if the order is not approved, or no such e-mail is sent.',
      ),
    ),
  ),
  notifications: v.array(notificationSchema),
});

export type OrderView = v.InferOutput<typeof orderViewSchema>;
