import * as v from 'valibot';
import { textOf, timestamp } from '#shared/http/input/fields.ts';
import { strictObject } from '#shared/http/input/structures.ts';
import { PROJECTIONS, TENANT_NAME } from '#shared/names.ts';

/** Bound of the bodies about replays. */
export const REPLAY_BODY_BYTES = 4 * 1024;

/** Body of `POST /replays`. */
export const startReplaySchema = strictObject({
  projection: v.picklist(PROJECTIONS),
  /** Only this tenant's rows are built again. Absent: those of all tenants. */
  tenant: v.optional(textOf('identifier', TENANT_NAME)),
  /** Only messages of this time or later are applied. Absent: all. */
  from: v.optional(timestamp),
});

export type StartReplayBody = v.InferOutput<typeof startReplaySchema>;

/** Body of `POST /replays/{replayId}/stop`. */
export const stopReplaySchema = strictObject({});
