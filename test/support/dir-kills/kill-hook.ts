/** The calls of `node:fs` that change something. */
const changing = [
  "chmodSync",
  "fchmodSync",
  "ftruncateSync",
  "futimesSync",
  "linkSync",
  "lutimesSync",
  "mkdirSync",
  "openSync",
  "renameSync",
  "rmSync",
  "symlinkSync",
  "utimesSync",
  "writeFileSync",
  "writeSync",
];

/**
 * What node runs first, in each thread: the call of this number does not happen, because the
 * process is killed; half of what it would have deleted is gone by then. Without a number, the
 * process writes how many calls its first thread made into `KILL_COUNT`.
 */
const hook = `import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { isMainThread } from "node:worker_threads";
const at = Number(process.env.KILL_AT ?? "NaN");
const real = { ...fs };
let calls = 0;
const half = (folder) => {
  const isFolder = real.lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  const names = isFolder ? real.readdirSync(folder, { recursive: true }) : [];
  for (const name of names.slice(0, names.length / 2)) {
    real.rmSync(folder + "/" + name, { recursive: true, force: true });
  }
};
for (const name of ${JSON.stringify(changing)}) {
  fs[name] = (...given) => {
    if (calls++ === at) {
      if (name === "rmSync") half(String(given[0]));
      process.kill(process.pid, "SIGKILL");
    }
    return real[name](...given);
  };
}
for (const name of ["rename", "writeFile"]) {
  const before = fs.promises[name];
  fs.promises[name] = (...given) => {
    if (calls++ === at) process.kill(process.pid, "SIGKILL");
    return before(...given);
  };
}
syncBuiltinESMExports();
if (isMainThread && process.env.KILL_COUNT !== undefined) {
  process.on("exit", () => real.writeFileSync(process.env.KILL_COUNT, String(calls)));
}`;

/** The options of node that load it. */
export const killHook = ["--import", `data:text/javascript,${encodeURIComponent(hook)}`] as const;
