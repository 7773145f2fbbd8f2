import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { systemCodeOf } from "../../errors.ts";

/** The most attempts to take a root or see who won it; so many takeovers in a row never happen. */
export const mostTries = 20;

/** A file that names the current or a former holder of a root. */
export interface Entry {
  readonly kind: "lock" | "free";
  readonly number: number;
}

/** The lock that counts. A rename may hide a file from one listing, so two must agree. */
export async function highest(root: string): Promise<Entry | undefined> {
  let last: Entry | undefined;
  for (let tries = 0; tries < mostTries; tries++) {
    const before = last;
    last = (await entriesOf(root)).at(-1);
    if (tries > 0 && before?.number === last?.number && before?.kind === last?.kind) break;
  }
  return last;
}

/** All locks of a root, the lowest number first. */
export async function entriesOf(root: string): Promise<Entry[]> {
  const names = await readdir(root);
  const entries = names.flatMap((name): Entry[] => {
    const [, kind, digits] = /^(lock|free)-(\d{10})$/.exec(name) ?? [];
    return digits === undefined
      ? []
      : [{ kind: kind === "lock" ? "lock" : "free", number: Number(digits) }];
  });
  return entries.sort((a, b) => a.number - b.number);
}

/** When a lock was last renewed; undefined if it is gone. */
export async function timeOf(path: string): Promise<bigint | undefined> {
  try {
    return (await stat(path, { bigint: true })).mtimeNs;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** ESTALE is NFS's error for a file that another machine deleted. */
export function isGone(error: unknown): boolean {
  return ["ENOENT", "ESTALE"].includes(systemCodeOf(error) ?? "");
}

/** The path of a lock's file. */
export function pathOf(root: string, kind: Entry["kind"], number: number): string {
  return join(root, `${kind}-${String(number).padStart(10, "0")}`);
}
