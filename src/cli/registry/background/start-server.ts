import { type ChildProcess, spawn } from "node:child_process";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { EngineError, messageOf, UsageError } from "../../../errors.ts";
import { makeCacheFolder } from "../../folders.ts";
import type { Io } from "../../io.ts";
import { idleText, idleVariable } from "./idle-time.ts";
import type { StartReport } from "./run-server.ts";
import { makeServerFolder, serverFiles, type ServerFiles } from "./state.ts";

const mostLogBytes = 256 << 10;
/** A lock of a process that cannot be seen is watched for 15 s, and a long journal is read. */
const startMs = 120_000;

/**
 * Starts the background server as a process of its own, which outlives this command. `held`: the
 * folder is another process's. Throws a usage error if the folder cannot be used, and an engine
 * error if the process cannot be started.
 */
export async function startServer(
  io: Pick<Io, "env" | "backgroundServer" | "signal">,
): Promise<Exclude<StartReport, { readonly kind: "failed" }>> {
  const { env, backgroundServer, signal } = io;
  signal.throwIfAborted();
  const [file, ...args] = backgroundServer?.argv ?? [];
  if (backgroundServer === undefined || file === undefined) {
    throw new UsageError("this program cannot start the embedded registry", {
      hint: "set cache: to a repository such as ghcr.io/acme/app-cache",
    });
  }
  await makeCacheFolder(env);
  const files = serverFiles(env);
  await makeServerFolder(files.folder);
  const log = await openLog(files);
  try {
    const child = spawn(file, args, {
      cwd: backgroundServer.cwd,
      detached: true,
      env: { ...settingsOf(env), [idleVariable]: idleText(env) },
      stdio: ["ignore", "ignore", log?.fd ?? "ignore", "ipc"],
    });
    const report = await reportOf(child, files, signal);
    if (report.kind !== "failed") return report;
    throw new UsageError(report.message, { hint: report.hint });
  } finally {
    await log?.close();
  }
}

/** Settings only: a process that stays must not keep the secrets of the command that started it. */
function settingsOf(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = /^(PATH|HOME|USERPROFILE|XDG_CACHE_HOME|NODE_OPTIONS|TMPDIR|TEMP|TMP|SYSTEMROOT)$/i;
  return Object.fromEntries(Object.entries(env).filter(([name]) => names.test(name)));
}

/** Undefined on a full disk: the server can do without. */
async function openLog({ log }: ServerFiles): Promise<FileHandle | undefined> {
  const file = await open(log, "a", 0o600).catch(() => undefined);
  if (file !== undefined && (await file.stat()).size > mostLogBytes) await file.truncate();
  return file;
}

/** What the new process says, or why it ended without a word. */
function reportOf(
  child: ChildProcess,
  files: ServerFiles,
  signal: AbortSignal,
): Promise<StartReport> {
  return new Promise((resolve, reject) => {
    const abort = (): void => settle(() => reject(signal.reason as Error));
    const settle = (then: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      if (child.connected) child.disconnect();
      child.unref();
      then();
    };
    const fail = (why: string, cause?: unknown): void => {
      const options = { cause, hint: `see ${files.log}` };
      settle(() => reject(new EngineError(`the embedded registry did not start: ${why}`, options)));
    };
    const timer = setTimeout(() => fail(`no answer within ${startMs / 1000} s`), startMs);
    child.once("message", (report) => settle(() => resolve(report as StartReport)));
    child.on("error", (error) => fail(messageOf(error), error));
    child.once("exit", (code, name) => {
      const ended = (): void =>
        void lastLineOf(files).then((line) => fail(`${name ?? `exit code ${code ?? ""}`}${line}`));
      // What it has sent may arrive after its end.
      if (child.connected) child.once("disconnect", ended);
      else ended();
    });
    signal.addEventListener("abort", abort, { once: true });
  });
}

async function lastLineOf({ log }: ServerFiles): Promise<string> {
  const text = await readFile(log, "utf8").catch(() => "");
  const line = text.trimEnd().split("\n").at(-1) ?? "";
  return line === "" ? "" : `: ${line}`;
}
