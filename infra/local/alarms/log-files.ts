import { open, stat } from 'node:fs/promises';

const CHUNK_BYTES = 1024 * 1024;

/**
 * Reads what is appended to files, line by line.
 * @returns a function that passes on every line that has become complete since the last call.
 */
export async function followLines(
  files: readonly string[],
  onLine: (line: string) => void,
): Promise<() => Promise<void>> {
  const followed = await Promise.all(
    files.map(async (file) => ({ file, position: (await stat(file)).size, rest: '' })),
  );
  return async () => {
    for (const one of followed) {
      const handle = await open(one.file);
      try {
        const buffer = Buffer.alloc(CHUNK_BYTES);
        for (;;) {
          const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, one.position);
          if (bytesRead === 0) break;
          one.position += bytesRead;
          // Latin-1 keeps every byte, so a character at the end of a chunk is not split. Metrics are ASCII.
          const lines = (one.rest + buffer.toString('latin1', 0, bytesRead)).split('\n');
          one.rest = lines.pop() ?? '';
          for (const line of lines) onLine(line);
        }
      } finally {
        await handle.close();
      }
    }
  };
}
