import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { lines, mapping, text } from "../document/values.ts";
import { maySave, mayRestore } from "../grants/cache-mode.ts";
import type { ActionCall } from "./stand-in.ts";

interface Entry {
  readonly folder: string;
  readonly scope: string;
  readonly key: string;
  readonly version: string;
}

/** actions/cache v5: restores now, and saves at the end of a job that succeeds if there was no hit. */
export function cache(call: ActionCall): void {
  const hit = restoreCache(call);
  if (!hit) call.atEnd(() => saveCache(call), "success()");
}

/** actions/cache/restore; gives whether the key itself was found. */
export function restoreCache(call: ActionCall): boolean {
  const { input, trigger, repository, setOutput } = call;
  const key = input("key");
  setOutput("cache-primary-key", key);
  if (!mayRestore(call.cacheMode)) {
    call.annotate({ level: "warning", message: "Failed to restore: the cache may not be read" });
    return false;
  }
  const scopes = [
    trigger.ref,
    ...(trigger.event === "pull_request" ? [`refs/heads/${trigger.baseRef}`] : []),
    `refs/heads/${repository.defaultBranch}`,
  ];
  const found = findEntry(call, [...new Set(scopes)], [key, ...lines(input("restore-keys"))]);
  if (found === undefined) {
    if (input("fail-on-cache-miss") === "true") {
      throw new Error(
        `Failed to restore cache entry. Exiting as fail-on-cache-miss is set. Input key: ${key}`,
      );
    }
    return false;
  }
  if (input("lookup-only") !== "true") {
    for (const [at, path] of pathsOf(call).entries()) {
      const stored = join(found.folder, String(at));
      if (existsSync(stored)) cpSync(stored, path, { recursive: true, verbatimSymlinks: true });
    }
  }
  setOutput("cache-matched-key", found.key);
  setOutput("cache-hit", String(found.key === key));
  return found.key === key;
}

/** actions/cache/save: a refused or repeated save is a warning, the job goes on. */
export function saveCache(call: ActionCall): void {
  const { input, trigger, annotate, caches } = call;
  const key = input("key");
  const scope = trigger.ref;
  const version = versionOf(call);
  if (!maySave(call.cacheMode)) {
    annotate({ level: "warning", message: "Failed to save: the cache may not be written" });
    return;
  }
  const paths = pathsOf(call).filter((path) => existsSync(path));
  if (paths.length === 0) {
    annotate({ level: "warning", message: "Path Validation Error: no path to cache exists" });
    return;
  }
  const same = entriesOf(caches).some(
    (entry) => entry.scope === scope && entry.key === key && entry.version === version,
  );
  if (same) {
    annotate({ level: "warning", message: `Failed to save: ${key} exists already` });
    return;
  }
  const folder = join(caches, String(entriesOf(caches).length).padStart(6, "0"));
  mkdirSync(folder, { recursive: true });
  for (const [at, path] of pathsOf(call).entries()) {
    if (existsSync(path)) {
      cpSync(path, join(folder, String(at)), { recursive: true, verbatimSymlinks: true });
    }
  }
  writeFileSync(join(folder, "entry.json"), JSON.stringify({ scope, key, version }));
}

/** Scope by scope: each key first as a whole, then as the start of the newest key. */
function findEntry(
  call: ActionCall,
  scopes: readonly string[],
  keys: readonly string[],
): Entry | undefined {
  const version = versionOf(call);
  const newestFirst = entriesOf(call.caches).filter((entry) => entry.version === version);
  newestFirst.reverse();
  for (const scope of scopes) {
    const inScope = newestFirst.filter((entry) => entry.scope === scope);
    for (const key of keys) {
      const found =
        inScope.find((entry) => entry.key === key) ??
        inScope.find((entry) => entry.key.startsWith(key));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function entriesOf(caches: string): Entry[] {
  if (!existsSync(caches)) return [];
  return readdirSync(caches)
    .sort()
    .map((name) => {
      const folder = join(caches, name);
      const entry = mapping(JSON.parse(readFileSync(join(folder, "entry.json"), "utf8")));
      const { scope, key, version } = entry;
      return {
        folder,
        scope: text(scope) ?? "",
        key: text(key) ?? "",
        version: text(version) ?? "",
      };
    });
}

function pathsOf({ input, home, workspace }: ActionCall): readonly string[] {
  return lines(input("path")).map((path) => {
    if (/[*?[!]/.test(path)) throw new Error(`this stand-in does not know patterns: ${path}`);
    return resolve(workspace, path.replace(/^~/, home));
  });
}

/** Entries of other paths never match. */
function versionOf({ input }: ActionCall): string {
  return createHash("sha256")
    .update(lines(input("path")).join("|"))
    .digest("hex");
}
