import type { ServiceName } from './services.ts';

/** Calls of one operation by one function since the last reset, and the capacity they used. */
export type CallCount = {
  function: string;
  service: ServiceName;
  operation: string;
  /** Every call that reached the gateway, whatever became of it: refused, faulted and repeated ones too. */
  count: number;
  /** Bytes of the requests' bodies as they came over the wire; 0 for S3, whose bodies pass unread. */
  requestBytes: number;
  readUnits: number;
  writeUnits: number;
};

export type CallCounts = {
  /** Counts one call and returns where its capacity units are to be added. */
  add(functionName: string, service: ServiceName, operation: string, requestBytes: number): CallCount;
  list(): CallCount[];
  reset(): void;
};

export function countCalls(): CallCounts {
  const counts = new Map<string, CallCount>();
  return {
    add(functionName, service, operation, requestBytes) {
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
    list: () => [...counts.keys()].sort().map((key) => ({ ...(counts.get(key) as CallCount) })),
    reset: () => counts.clear(),
  };
}
