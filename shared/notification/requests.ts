import * as v from 'valibot';
import { plainText } from '#shared/http/input/fields.ts';
import { strictObject } from '#shared/http/input/structures.ts';
import { pathParameter } from '#shared/http/route.ts';
import { RESOLVE_ACTIONS } from '#shared/notification/notification.ts';

/** Body of `POST /notifications/{notificationId}/resolve`. */
export const resolveSchema = strictObject({
  action: v.picklist(RESOLVE_ACTIONS),
  /** Shown with the notification to every user who may read it. */
  reason: plainText(500),
});

export type ResolveBody = v.InferOutput<typeof resolveSchema>;

/** Bound of that body: an action and a reason. */
export const RESOLVE_BODY_BYTES = 4096;

export const notificationIdParameter = pathParameter('NotificationId', /^[a-z]+_[A-Za-z0-9_-]+_[0-9]+-[0-9]+$/);

/** The statuses of notifications that wait: for an attempt, for evidence, for a person. */
export const UNFINISHED_STATUSES = ['PENDING', 'UNKNOWN', 'HELD'] as const;
export type UnfinishedStatus = (typeof UNFINISHED_STATUSES)[number];

/** Query of `GET /operations/notifications`. */
export const unfinishedQuerySchema = strictObject({
  status: v.picklist(UNFINISHED_STATUSES),
  cursor: v.optional(v.string()),
});
