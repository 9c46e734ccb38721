import type * as v from 'valibot';
import type { auditEntrySchema } from '#shared/dead-letter/responses.ts';

/** What the API answers to an action of an operator. */
export type AuditEntryView = v.InferOutput<typeof auditEntrySchema>;
