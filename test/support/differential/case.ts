import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What a context holds. */
export interface CaseEntry {
  readonly path: string;
  readonly kind: "file" | "dir" | "link" | "socket" | "fifo";
  /** A file's content, a link's target. */
  readonly text: string;
  readonly mode: number;
}

/** What is done to one entry between the two builds. Paths are from the case's folder. */
export type CaseChange =
  | { readonly kind: "content" | "add" | "link"; readonly path: string; readonly text: string }
  | { readonly kind: "socket" | "fifo" | "empty"; readonly path: string; readonly mode: number }
  | { readonly kind: "mode"; readonly path: string; readonly mode: number }
  | { readonly kind: "rename"; readonly path: string; readonly to: string }
  | { readonly kind: "delete"; readonly path: string };

/**
 * A build that is run twice. Its context is the folder `ctx`, its named context `other` the folder
 * `other`; `@ID@` in the Dockerfile becomes what no other case has, so that none hits on another.
 */
export interface DifferentialCase {
  readonly name: string;
  readonly entries: readonly CaseEntry[];
  readonly dockerfile: string;
  /** Beside the Dockerfile where it is for it alone. */
  readonly ignore?: { readonly text: string; readonly beside: boolean } | undefined;
  readonly args?: Readonly<Record<string, string>>;
  readonly change: CaseChange;
}

export function writeCase(folder: string, id: string, given: DifferentialCase): void {
  for (const name of ["ctx", "other"]) mkdirSync(join(folder, name), { recursive: true });
  for (const entry of given.entries) {
    const path = join(folder, entry.path);
    mkdirSync(dirname(path), { recursive: true });
    if (entry.kind === "link") symlinkSync(entry.text, path);
    else {
      if (entry.kind === "dir") mkdirSync(path, { recursive: true });
      else if (entry.kind === "socket" || entry.kind === "fifo") makeSpecial(entry.kind, path);
      else writeFileSync(path, `${id} ${entry.text}`);
      chmodSync(path, entry.mode);
    }
  }
  writeFileSync(join(folder, "Dockerfile"), given.dockerfile.replaceAll("@ID@", id));
  const { ignore } = given;
  if (ignore !== undefined) {
    const name = ignore.beside ? "Dockerfile.dockerignore" : "ctx/.dockerignore";
    writeFileSync(join(folder, name), ignore.text);
  }
}

export function applyChange(folder: string, id: string, change: CaseChange): void {
  const path = join(folder, change.path);
  switch (change.kind) {
    case "content":
    case "add":
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `${id} changed ${change.text}`);
      return;
    case "link":
      rmSync(path, { recursive: true, force: true });
      mkdirSync(dirname(path), { recursive: true });
      symlinkSync(change.text, path);
      return;
    case "socket":
    case "fifo":
    case "empty":
      rmSync(path, { force: true });
      if (change.kind === "empty") writeFileSync(path, "");
      else makeSpecial(change.kind, path);
      chmodSync(path, change.mode);
      return;
    case "mode":
      chmodSync(path, change.mode);
      return;
    case "rename":
      mkdirSync(dirname(join(folder, change.to)), { recursive: true });
      renameSync(path, join(folder, change.to));
      return;
    case "delete":
      rmSync(path, { recursive: true });
  }
}

function makeSpecial(kind: "socket" | "fifo", path: string): void {
  if (kind === "fifo") execFileSync("mkfifo", [path]);
  else {
    // Node removes a socket when its server is closed, and not when its process ends.
    const script = 'require("net").createServer().listen(process.argv[1], () => process.exit())';
    execFileSync(process.execPath, ["-e", script, path]);
  }
}
