import * as v from 'valibot';
import { plainText } from '#shared/http/input/fields.ts';
import { strictObject } from '#shared/http/input/structures.ts';
import { RESOLVE_ACTIONS } from '#shared/notification/notification.ts';

/** Body of `POST /notifications/{notificationId}/resolve`. */
export const resolveSchema = strictObject({
  action: v.picklist(RESOLVE_ACTIONS),
  /** Shown with the notification to every user who may read it. */
  reason: plainText(500),
});

export type ResolveBody = v.InferOutput<typeof resolveSchema>;
