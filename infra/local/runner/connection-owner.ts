import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { codeOf } from '../base/failure.ts';

/** The columns of /proc/net/tcp: the local address with the port in hexadecimal, and the inode of the socket. */
const [LOCAL, INODE] = [1, 9];

/**
 * Whether a process of this machine has the connection with this local port. Linux only, like the local cloud. A call
 * without credentials is attributed to its environment by it.
 */
export function ownsConnection(pid: number, port: number): boolean {
  const inode = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find((columns) => Number.parseInt(columns[LOCAL]?.split(':')[1] ?? '', 16) === port)?.[INODE];
  return inode !== undefined && socketsOf(pid).includes(`socket:[${inode}]`);
}

function socketsOf(pid: number): string[] {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).map((file) => linkOf(`${folder}/${file}`));
  } catch (error) {
    // The process has ended.
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EACCES') return [];
    throw error;
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    // It was closed since the folder was read.
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}
