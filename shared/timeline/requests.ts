import * as v from 'valibot';
import { strictObject } from '#shared/http/input/structures.ts';

/** Query of a timeline. */
export const timelineQuerySchema = strictObject({ cursor: v.optional(v.string()) });
