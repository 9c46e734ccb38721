import type { PolicyStatement } from '../aws/policy.ts';

/** The caller of a service: one environment of a function, or the function's event source mapping. */
export type Caller = {
  functionName: string;
  accessKeyId: string;
  /**
   * The statements of the function's role, references resolved. Pass the same array for each call: it is the cache key
   * of decisions.
   */
  policies: PolicyStatement[];
  /** The caller is an event source mapping, which polls under the function's role. Faults do not apply to its calls. */
  polling?: boolean;
  /** Kills the environment immediately. */
  kill: (accessKeyId: string) => void;
};
