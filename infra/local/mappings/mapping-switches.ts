import * as v from 'valibot';
import { writeWhole } from '../../write-whole.ts';
import { readAs } from '../base/read.ts';
import { readOptional } from '../base/read-or-create.ts';
import type { Mapping } from './mapping.ts';

/** The states of a mapping in Lambda's API. */
export type LambdaMappingState = 'Enabled' | 'Disabled' | 'Enabling' | 'Disabling';

/** Which mappings are enabled, as Lambda's API shows and changes it. Disabled mappings stay disabled after a restart. */
export type MappingSwitches = ReturnType<typeof openSwitches>;

/** @param file of the disabled mappings. */
export function openSwitches(file: string) {
  const stored = readOptional(file);
  const disabled = new Set(stored === undefined ? [] : readAs(DISABLED, JSON.parse(stored), file));
  const mappings = new Map<string, { mapping: Mapping; state: LambdaMappingState }>();
  return {
    isDisabled: (uuid: string): boolean => disabled.has(uuid),
    add(uuid: string, mapping: Mapping): Mapping {
      mappings.set(uuid, { mapping, state: disabled.has(uuid) ? 'Disabled' : 'Enabled' });
      return mapping;
    },
    /** undefined: there is no such mapping. */
    stateOf: (uuid: string): LambdaMappingState | undefined => mappings.get(uuid)?.state,
    /** It takes effect later. @returns the state until then. */
    turn(uuid: string, isEnabled: boolean): LambdaMappingState {
      const one = mappings.get(uuid);
      if (!one) throw new Error(`There is no mapping ${uuid}.`);
      const goal = isEnabled ? 'Enabled' : 'Disabled';
      if (one.state === goal) return goal;
      one.state = isEnabled ? 'Enabling' : 'Disabling';
      if (isEnabled) disabled.delete(uuid);
      else disabled.add(uuid);
      writeWhole(file, JSON.stringify([...disabled]));
      const changing = isEnabled ? Promise.resolve(one.mapping.resume()) : one.mapping.pause();
      void changing.then(() => {
        one.state = goal;
      });
      return one.state;
    },
  };
}

const DISABLED = v.array(v.string());
