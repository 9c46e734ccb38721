import type { Verb } from '../verb.ts';
import { audit } from './audit.ts';
import { deadLetters } from './dead-letters.ts';
import { discard } from './discard.ts';
import { groups } from './groups.ts';
import { owner } from './owner.ts';
import { settle } from './settle.ts';
import { showVerb } from './show.ts';
import { held, pending, unknown } from './unfinished.ts';

/** Every verb, in the order of the help. */
export const VERBS: readonly Verb[] = [
  ...[groups, deadLetters, showVerb, owner, discard],
  ...[unknown, held, pending, settle],
  audit,
];
