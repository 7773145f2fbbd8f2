import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { lines } from "../document/values.ts";
import { matchesPatterns } from "../events/patterns.ts";
import { globFiles, isFolder, searchPath } from "../expressions/glob-files.ts";
import type { ActionCall } from "./stand-in.ts";

/** actions/upload-artifact v7: the files keep their paths below what all patterns have in common. */
export function uploadArtifact(call: ActionCall): void {
  const { input, artifacts } = call;
  const name = input("name") || "artifact";
  const patterns = lines(input("path")).map((path) => path.replace(/^~/, call.home));
  if (patterns.length === 0) throw new Error("Input required and not supplied: path");
  if (/["<>|*?:\r\n\\/]/.test(name)) throw new Error(`The artifact name is not valid: ${name}`);
  const root = commonRoot(call.workspace, patterns);
  const hidden = input("include-hidden-files") === "true";
  const files = globFiles(call.workspace, patterns).filter(
    (file) => hidden || !/(^|\/)\./.test(relative(root, file)),
  );
  if (files.length === 0) {
    noFiles(call, patterns);
    return;
  }
  if (!artifacts.isNew(name) && input("overwrite") !== "true") {
    throw new Error(
      "(409) Conflict: an artifact with this name already exists on the workflow run",
    );
  }
  const folder = artifacts.create(name);
  const digest = createHash("sha256");
  for (const file of files) {
    digest.update(readFileSync(file));
    cpSync(file, join(folder, relative(root, file)));
  }
  call.setOutput("artifact-id", String(artifacts.names().indexOf(name) + 1));
  call.setOutput("artifact-digest", digest.digest("hex"));
}

function noFiles({ input, annotate }: ActionCall, patterns: readonly string[]): void {
  const message = `No files were found with the provided path: ${patterns.join(", ")}. No artifacts will be uploaded.`;
  const behaviour = input("if-no-files-found") || "warn";
  if (behaviour === "error") throw new Error(message);
  if (behaviour === "warn") annotate({ level: "warning", message });
}

function commonRoot(workspace: string, patterns: readonly string[]): string {
  const starts = patterns
    .filter((pattern) => !pattern.startsWith("!"))
    .map((pattern) => searchPath(resolve(workspace, pattern)));
  const [first = workspace, ...others] = starts;
  const root = others.reduce((common, start) => {
    let shared = common;
    while (start !== shared && !start.startsWith(`${shared}/`)) shared = dirname(shared);
    return shared;
  }, first);
  return isFolder(root) ? root : dirname(root);
}

/** actions/download-artifact v8: one by its name, or all or those of a pattern in their own folders. */
export function downloadArtifact(call: ActionCall): void {
  const { input, artifacts } = call;
  for (const name of ["run-id", "artifact-ids", "github-token"]) {
    if (input(name) !== "") throw new Error(`this stand-in does not know ${name}`);
  }
  const path = resolve(call.workspace, input("path").replace(/^~/, call.home));
  mkdirSync(path, { recursive: true });
  call.setOutput("download-path", path);
  const name = input("name");
  if (name !== "") {
    const folder = artifacts.find(name);
    if (folder === undefined) {
      throw new Error(`Unable to download artifact(s): Artifact not found for name: ${name}`);
    }
    cpSync(folder, path, { recursive: true });
    return;
  }
  const pattern = input("pattern") || "*";
  for (const found of artifacts.names().filter((it) => matchesPatterns(it, [pattern]))) {
    const into = input("merge-multiple") === "true" ? path : join(path, basename(found));
    cpSync(artifacts.find(found) ?? "", into, { recursive: true });
  }
}
