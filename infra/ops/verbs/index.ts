import type { Verb } from '../verb.ts';
import { audit } from './audit.ts';
import { deadLetters } from './dead-letters.ts';
import { discard } from './discard.ts';
import { edit } from './edit.ts';
import { groups } from './groups.ts';
import { owner } from './owner.ts';
import { pause, resume, stop } from './pausing.ts';
import { plan } from './plan.ts';
import { redrive } from './redrive.ts';
import { redrives } from './redrives.ts';
import { settle } from './settle.ts';
import { showVerb } from './show.ts';
import { status } from './status.ts';
import { paused, subscribers } from './subscribers.ts';
import { trace } from './trace.ts';
import { held, pending, unknown } from './unfinished.ts';
import { watch } from './watch.ts';

/** Every verb, in the order of the help. */
export const VERBS: readonly Verb[] = [
  ...[status, subscribers, pause, resume, paused],
  ...[groups, deadLetters, showVerb, owner, discard, edit],
  ...[plan, redrive, watch, stop, redrives],
  ...[unknown, held, pending, settle],
  trace,
  audit,
];
