import type { PolicyStatement } from './iam.ts';

/** Who makes a call: one environment of a function, or its event source mapping. */
export type Caller = {
  functionName: string;
  accessKeyId: string;
  /** The statements of the function's role, references resolved. The same array for each call, please: decisions are kept by it. */
  policies: PolicyStatement[];
  /** Calls of an event source mapping, under the function's role: faults do not hit them. */
  polling?: boolean;
  /** Ends the environment at once. */
  kill: (accessKeyId: string) => void;
};
