import { stat, statfs } from "node:fs/promises";
import { type Exec, execOk } from "../../../exec.ts";

/** What freeing a disk reads and changes of a machine. Paths are absolute. */
export interface Machine {
  /** Bytes that are free on the disk of a path. */
  freeBytes(path: string): Promise<number>;
  /** The disk of a path, as a number; undefined if the path does not exist. */
  diskOf(path: string): Promise<number | undefined>;
  /** Runs a program as root. Returns its stdout. */
  asRoot(argv: readonly string[], purpose: string): Promise<string>;
}

/** This machine. */
export function thisMachine(
  { env, signal }: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
  exec: Exec,
): Machine {
  return {
    async freeBytes(path) {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    },
    diskOf: (path) =>
      stat(path).then(
        ({ dev }) => dev,
        () => undefined,
      ),
    asRoot(argv, purpose) {
      const isRoot = process.getuid?.() === 0;
      return execOk(exec, isRoot ? argv : ["sudo", "-n", ...argv], { env, purpose, signal });
    },
  };
}
