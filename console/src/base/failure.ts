/** Why a request has no result. `problem`: the API refused it, with what to do next. */
export type Failure =
  | { kind: 'offline' }
  | { kind: 'expired' }
  | { kind: 'forbidden' }
  | { kind: 'not-found' }
  | { kind: 'problem'; status: number; title: string; detail: string; next?: string; faults?: readonly Fault[] };

/** One fault of a refused request. @property path a JSON pointer into the body. */
export type Fault = { path: string; message: string; next?: string };

/** Whether it is unknown what became of a request: its answer was lost. */
export const isLost = ({ kind }: Failure): boolean => kind === 'offline';
