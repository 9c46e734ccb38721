import { isDeepStrictEqual } from 'node:util';
import type * as v from 'valibot';
import { audited, changedTo, type PlannedAction } from '#shared/dead-letter/commands.ts';
import { letterNotFound, notOpen } from '#shared/dead-letter/refusals.ts';
import type { Call, CommandPorts } from '#shared/http/command.ts';
import { DERIVED_ID, derivedId } from '#shared/http/derived-id.ts';
import type { Reply } from '#shared/http/event.ts';
import { bodyRefused } from '#shared/http/json-body.ts';
import type { Envelope } from '#shared/messaging/envelope.ts';
import { subjectName } from '#shared/messaging/identity.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { PoisonMessage, parseEnvelope } from '#shared/messaging/parse.ts';
import { nextVersion, type RelatedState } from '#shared/messaging/rows.ts';
import {
  DEAD_LETTER,
  type DeadLetterRecord,
  deadLetterIdOf,
  deadLetterKey,
  dueOfLetter,
  withAction,
} from '#shared/once/dead-letter.ts';
import type { DecidedRow, DecidingRow, Planner } from '#shared/once/planner.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { faultsOfEdit, faultsOfIds, replacementOf } from './edited-message.ts';
import { editedInRedrive, editingOff, notEditable } from './refusals.ts';
import type { EditBody } from './requests.ts';
import { freeGroup, type ReservedGroups } from './reservations.ts';
import type { VerdictPorts } from './verdicts.ts';

/** What an edit needs. */
export type Editing = ReservedGroups & {
  letters: Pick<StateStore<DeadLetterRecord>, 'read'>;
  /** The row as it is, and the version of a state. undefined: it does not exist. */
  rowAt(row: DecidingRow): Promise<(DecidedRow & { version?: number }) | undefined>;
  /** The schema of the data of a type of messages. undefined: there is none. */
  schemaOf(type: string): v.GenericSchema | undefined;
};

export type EditPorts = CommandPorts &
  Pick<VerdictPorts, 'plannerOf'> & {
    /** undefined: the stage does not permit edits. */
    editing: Editing | undefined;
  };

/**
 * Replaces the message of an open dead letter by an edited one. The dead letter is closed, and the edited message is an
 * open dead letter of its own, for the same subscriber and in the same group. Nothing is sent: a redrive sends it.
 */
export async function editDeadLetter(call: Call<EditBody>, ports: EditPorts): Promise<Reply> {
  const { editing } = ports;
  if (!editing) throw editingOff();
  const deadLetterId = call.pathParameters?.deadLetterId ?? '';
  const { message, reason } = call.json.valid;
  const messageId = derivedId(`edit-${deadLetterId}`, call.tenant, call.idempotencyKey);
  const edit = async (actor: string, at: string): Promise<PlannedAction> => {
    const key = deadLetterKey(deadLetterId);
    const before = DERIVED_ID.test(deadLetterId) ? await editing.letters.read(key) : undefined;
    if (!before) throw letterNotFound();
    await checkFree(before.state, editing);
    checkFirst(before.state);
    const { original, planner, schema } = editableMessage(before.state, ports.plannerOf(before.state), editing);
    const replacement = replacementOf(original, messageId, message.data);
    const rows = checkMessage({ original, given: message, replacement, schema }, before.state, planner);
    const unchanged = await checkRows(rows, planner, editing);
    const { closed, opened } = replaced(before.state, deadLetterId, replacement, { actor, at, reason });
    const { fingerprint } = before.state;
    return {
      action: { action: 'edit', deadLetterId, editedTo: deadLetterIdOf(opened), fingerprint, reason },
      changed: [
        changedTo(key, before, nextVersion(before, closed, dueOfLetter(closed))),
        {
          key: deadLetterKey(deadLetterIdOf(opened)),
          expectedVersion: 0,
          next: { schemaVersion: DEAD_LETTER.written, version: 1, state: opened, due: dueOfLetter(opened) },
        },
        ...unchanged,
      ],
    };
  };
  return audited(call, `/dead-letters/${deadLetterId}/edit`, edit, ports);
}

/** The dead letter is open, and no redrive that is running or paused has its group. */
async function checkFree({ status, redriveId, fingerprint, history }: DeadLetterRecord, editing: Editing) {
  if (status === 'redriving' && redriveId !== undefined) {
    const mark = history.findLast((action) => action.action === 'redrive' && action.redriveId === redriveId);
    throw editedInRedrive(redriveId, mark?.actor ?? 'unknown');
  }
  if (status !== 'open') throw notOpen(status);
  await freeGroup(fingerprint, undefined, editing);
}

/** Two messages that replace the same one could have different ids, and both would be handled. */
function checkFirst({ editedTo }: DeadLetterRecord): void {
  if (editedTo !== undefined)
    throw notEditable(
      `The message was edited before: dead letter ${editedTo} has the edited one.`,
      `Edit or redrive dead letter ${editedTo}, and discard this one.`,
    );
}

type Editable = { original: Envelope; planner: Planner; schema: v.GenericSchema };

/** The message of the dead letter, with what says whether another one may replace it. */
function editableMessage(
  { message, subscriber }: DeadLetterRecord,
  planner: Planner | string,
  editing: Editing,
): Editable {
  if (typeof planner === 'string')
    throw notEditable(`The stage has no subscriber ${subscriber} any more.`, 'Discard the dead letter.');
  const original = message === undefined ? undefined : envelopeOf(message);
  if (!original)
    throw notEditable(
      'The dead letter has no message of ours: its text was not kept, or it is about a row or an event of a provider.',
      'Correct the cause and redrive it, or discard it.',
    );
  const schema = editing.schemaOf(original.type);
  if (!schema)
    throw notEditable(
      'The type of the message has no schema here: it is unknown, or a domain of its own defines it.',
      'Publish a correct message at its source, and discard this one.',
    );
  return { original, planner, schema };
}

/** undefined: the text is no message that this release reads. */
function envelopeOf(message: string): Envelope | undefined {
  try {
    return parseEnvelope(message);
  } catch (error) {
    if (error instanceof PoisonMessage || error instanceof NewerVersion) return undefined;
    throw error;
  }
}

type Edited = {
  original: Envelope;
  given: EditBody['message'];
  replacement: Envelope;
  schema: v.GenericSchema;
};

/**
 * Checks the edited message by its schema and by its subscriber.
 * @returns the rows that decide what its subscriber does with it. @throws RequestRefused with every fault.
 */
function checkMessage(
  { original, given, replacement, schema }: Edited,
  letter: DeadLetterRecord,
  planner: Planner,
): readonly DecidingRow[] {
  const faults = faultsOfEdit(original, given, schema);
  const { rows = [], unreadable } = rowsFor(replacement, letter, planner);
  const [row] = rows;
  if (unreadable) {
    if (faults.length === 0) faults.push({ path: '/message/data', ...unreadable });
  } else if (row && 'state' in row) {
    const [before] = rowsFor(original, letter, planner).rows ?? [];
    if (!isAbout(row, original) || (before && !isDeepStrictEqual(before, row))) faults.push(ANOTHER_STATE);
  } else faults.push(...faultsOfIds(original, given.data));
  if (faults.length > 0) throw bodyRefused(faults);
  const isRecognised = rows.length === 1 || rows.every((one) => 'outbox' in one);
  if (!row || !isRecognised)
    throw notEditable(
      'No row says whether its subscriber has handled the message, so an edited one could be handled a second time.',
      'Redrive it as it is, or discard it.',
    );
  return rows;
}

const ANOTHER_STATE = {
  path: '/message/data',
  code: 'ANOTHER_SUBJECT',
  message: 'The message is about something else than the original.',
  next: 'Give the ids of the original message, or of its subject.',
};

/** Whether a state belongs to the subject of a message, or is that subject. */
function isAbout({ state }: Extract<DecidingRow, { state: unknown }>, { tenantid, subject }: Envelope): boolean {
  const { part: _part, ...whole } = state;
  return state.tenant === tenantid && [subjectName(state), subjectName(whole)].includes(subject);
}

type Found = { rows?: readonly DecidingRow[]; unreadable?: { code: string; message: string; next: string } };

/** The rows that decide, or what the subscriber says against the message. */
function rowsFor(message: Envelope, letter: DeadLetterRecord, planner: Planner): Found {
  try {
    return { rows: planner.rowsOf(JSON.stringify(message), letter) };
  } catch (error) {
    if (error instanceof NewerVersion) return { unreadable: NEWER };
    if (!(error instanceof PoisonMessage)) throw error;
    return {
      unreadable: { code: error.reason, message: error.message, next: 'Correct it: its subscriber refuses it.' },
    };
  }
}

const NEWER = {
  code: 'NEWER_VERSION',
  message: 'A newer release wrote the message, and its subscriber here does not read it.',
  next: 'Wait until that release is deployed again.',
};

/**
 * Its subscriber would handle the edited message now. A part of it that has handled the original recognises the edited one.
 * @returns the state that has to be unchanged when the edit is committed.
 */
async function checkRows(rows: readonly DecidingRow[], planner: Planner, { rowAt }: Editing): Promise<RelatedState[]> {
  const found = await Promise.all(rows.map(rowAt));
  const { verdict, reason } = planner.verdictOf(found);
  switch (verdict) {
    case 'handled':
      return rows.flatMap((row, index) => {
        const version = found[index]?.version;
        return 'state' in row && version !== undefined ? [{ key: row.state, expectedVersion: version }] : [];
      });
    case 'alreadyDone':
      throw notEditable('The message was handled: what it asks for is done, or was sent.', 'Discard the dead letter.');
    case 'unknown':
      throw notEditable(
        'It is unknown whether what the message asks for was sent.',
        'Wait until the outcome is settled, or settle it. GET /notifications/{notificationId} shows it.',
      );
    case 'dropped':
      throw notEditable(`Its subscriber would drop the message: ${reason}.`, 'Decide about its notification first.');
    default:
      return verdict satisfies never;
  }
}

/** The dead letter without its message, and the new one of the edited message. They name each other. */
function replaced(
  before: DeadLetterRecord,
  editedFrom: string,
  replacement: Envelope,
  { actor, at, reason }: { actor: string; at: string; reason: string },
): { closed: DeadLetterRecord; opened: DeadLetterRecord } {
  const edited = { action: 'edit', at, actor, reason } as const;
  const { release: _release, redriveId: _redriveId, ...about } = before;
  const opened: DeadLetterRecord = {
    ...about,
    id: replacement.id,
    message: JSON.stringify(replacement),
    // It has never failed.
    ...{ attempts: 0, count: 0, generation: 1 },
    ...{ firstSeenAt: at, lastSeenAt: at, openedAt: at },
    status: 'open',
    editedFrom,
    history: [edited],
  };
  const editedTo = deadLetterIdOf(opened);
  const history = withAction(before.history, edited);
  return { opened, closed: { ...before, status: 'discarded', editedTo, history } };
}
