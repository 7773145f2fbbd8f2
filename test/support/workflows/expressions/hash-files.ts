import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { globFiles } from "./glob-files.ts";

/** `hashFiles()`: SHA-256 of the SHA-256 of each matching file; empty if no file matches. */
export function hashFiles(workspace: string, patterns: readonly string[]): string {
  const files = globFiles(workspace, patterns).filter((file) => file.startsWith(`${workspace}/`));
  if (files.length === 0) return "";
  const all = createHash("sha256");
  for (const file of files) all.update(createHash("sha256").update(readFileSync(file)).digest());
  return all.digest("hex");
}
