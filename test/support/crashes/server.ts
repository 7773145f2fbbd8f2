import { bundleRegistry, type RegistryBundle, type RegistryProcess } from "../registry-process.ts";

/**
 * What a registry with a fault does not make durable, so that a check can be checked:
 *
 * - `journal`: the journal's writes.
 * - `blobs`: the files of large blobs.
 * - `folders`: names in folders.
 */
export const faults = ["journal", "blobs", "folders"] as const;
export type Fault = (typeof faults)[number];

/**
 * Segments so small that they fill and are compacted all the time, and locks that are taken over
 * soon: after a power cut nobody can tell whether the process that had the root lives. Ends with
 * its stdin.
 */
const entry = `
import { createInterface } from "node:readline";
import { startRegistry } from "./src/server/start.ts";
const say = (text) => process.stderr.write(text + "\\n");
const registry = await startRegistry(
  { root: process.argv[2], onWarning: say, onFailure: (entry) => say(JSON.stringify(entry)) },
  { segmentBytes: 2 << 20, leastDeadBytes: 64 << 10, beatMs: 100, staleMs: 400 },
);
process.stdout.write(registry.url + "\\n");
for await (const policy of createInterface(process.stdin)) {
  await registry.collect({ policy, graceMs: 0, leaseMs: 0 });
  process.stdout.write("collected\\n");
}
process.exit();
`;

/** What node runs before the registry. */
const sabotage: Readonly<Record<Fault, string>> = {
  journal: "fs.fdatasync = (file, done) => setImmediate(done, null);",
  blobs: `const file = await fs.promises.open("/dev/null");
const handle = Object.getPrototypeOf(file);
const { datasync } = handle;
handle.datasync = async function () {
  const isUpload = fs.readlinkSync("/proc/self/fd/" + this.fd).includes("/uploads/");
  if (!isUpload) await datasync.call(this);
};
await file.close();`,
  folders: "fs.fsync = (file, done) => setImmediate(done, null);",
};

/** The registry as one file; to be disposed of. Asked with a policy, it collects. */
export function bundleCrashing(): Promise<RegistryBundle> {
  return bundleRegistry(entry);
}

/** Starts it on a root, with a fault or without. Throws with what it said if it does not start. */
export function startCrashing(
  bundle: RegistryBundle,
  root: string,
  fault?: Fault,
): Promise<RegistryProcess> {
  if (fault === undefined) return bundle.start(root);
  const code = `import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
${sabotage[fault]}
syncBuiltinESMExports();`;
  return bundle.start(root, ["--import", `data:text/javascript,${encodeURIComponent(code)}`]);
}
