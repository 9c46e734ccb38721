import * as v from 'valibot';
import { utcTimestamp } from '#shared/http/input/fields.ts';
import { wholeNumber } from '#shared/http/input/structures.ts';
import { channel } from '#shared/recipient/channel.ts';

export const timelineSchema = v.object({
  /** By time, and a cause before its effect. */
  entries: v.array(
    v.object({
      at: utcTimestamp,
      kind: v.picklist(['command', 'event', 'notification', 'feedback', 'process', 'webhook']),
      /** A command, an event or a step of a process by its name, the step of a notification, or a reported outcome. */
      type: v.string(),
      id: v.string(),
      /** Id of the entry or request that led to it. Absent if it is not known, or if a request led to the command. */
      causationId: v.optional(v.string()),
      correlationId: v.optional(v.string()),
      /** The user who decided. */
      actor: v.optional(v.string()),
      /** For `process`: the name of the process. */
      process: v.optional(v.string()),
      /** For `process`: its status after the command, like `scheduled` or `withdrawn`. */
      status: v.optional(v.string()),
      /** For `command`: whether it was accepted. */
      accepted: v.optional(v.boolean()),
      /** For `command`: version of the state after it. */
      version: v.optional(wholeNumber),
      /** Why a command was refused, or why a notification was not sent; a provider's code. */
      code: v.optional(v.string()),
      notificationId: v.optional(v.string()),
      channel: v.optional(channel),
      purpose: v.optional(v.string()),
      /** From 1. */
      attempt: v.optional(wholeNumber),
      /** Index in the notification's `recipients`, from 0. Absent if the provider does not name the recipient. */
      recipient: v.optional(wholeNumber),
    }),
  ),
  nextCursor: v.optional(v.string()),
});

export type TimelineView = v.InferOutput<typeof timelineSchema>;
export type TimelineEntry = TimelineView['entries'][number];
