import type { ServiceName } from '../aws/services.ts';

/** Calls of one operation by one function since the last reset, and the capacity they used. */
export type CallCount = {
  function: string;
  service: ServiceName;
  operation: string;
  /** Every call that reached the gateway, with any outcome: refused, faulted and repeated calls too. */
  count: number;
  /** Bytes of the requests' bodies, as received. 0 for S3, because its bodies are not read. */
  requestBytes: number;
  readUnits: number;
  writeUnits: number;
};

export type CallCounts = ReturnType<typeof countCalls>;

export function countCalls() {
  const counts = new Map<string, CallCount>();
  return {
    /** Counts one call and returns its entry, to which the caller adds the capacity units. */
    add(functionName: string, service: ServiceName, operation: string, requestBytes: number): CallCount {
      const key = `${functionName} ${service} ${operation}`;
      const unused = {
        function: functionName,
        service,
        operation,
        count: 0,
        requestBytes: 0,
        readUnits: 0,
        writeUnits: 0,
      };
      const entry = counts.get(key) ?? unused;
      counts.set(key, entry);
      entry.count += 1;
      entry.requestBytes += requestBytes;
      return entry;
    },
    list: (): CallCount[] => [...counts].sort(byKey).map(([, count]) => ({ ...count })),
    reset: (): void => counts.clear(),
  };
}

const byKey = ([one]: [string, unknown], [other]: [string, unknown]): number => (one < other ? -1 : 1);
