import { readFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemEnv } from "../test/support/system-env.ts";
import { CommandError } from "./errors.ts";
import { exec, execOk, lastLines, startCommand } from "./exec.ts";

const options = { env: systemEnv, purpose: "a test" };
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "layerkeep-exec-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function sh(script: string): string[] {
  return ["/bin/sh", "-c", script];
}

async function errorOf(running: Promise<unknown>): Promise<unknown> {
  return running.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** Waits until the program has written its process id to the file, and returns it. */
async function pidIn(file: string): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const text = await readFile(file, "utf8").catch(() => "");
    if (text.endsWith("\n")) return Number(text);
    await wait(10);
  }
  throw new Error(`${file} was not written`);
}

async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 200; tries++) {
    // A zombie that has not been reaped no longer runs.
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    if (stat === "" || /\) Z /.test(stat)) return true;
    await wait(10);
  }
  return false;
}

describe("exec", () => {
  it("returns what a program printed, whatever its exit code", async () => {
    expect(await exec(sh("echo out; echo err >&2; exit 3"), options)).toEqual({
      exitCode: 3,
      stdout: "out\n",
      stderr: "err\n",
    });
  });

  it("passes stdin, the environment and the folder, and arguments without a shell", async () => {
    const script = 'cat; echo "$GREETING $1"; pwd';
    const run = await exec([...sh(script), "sh", "$HOME; *"], {
      ...options,
      env: { ...systemEnv, GREETING: "hello" },
      cwd: folder,
      stdin: "given\n",
    });
    expect(run.stdout).toBe(`given\nhello $HOME; *\n${folder}\n`);
  });

  it("accepts a program that does not read its stdin", async () => {
    const stdin = "x".repeat(1 << 20);
    expect(await exec(sh("exit 0"), { ...options, stdin })).toMatchObject({ exitCode: 0 });
  });

  it("names a program that does not exist", async () => {
    const error = await errorOf(exec(["layerkeep-no-such-program", "--token=x"], options));
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({
      message: "a test: layerkeep-no-such-program could not be started",
      hint: "layerkeep-no-such-program was not found",
      exitCode: undefined,
      signal: undefined,
    });
  });

  it.each([
    ["an argument with a NUL", ["/bin/echo", "a\0b"]],
    ["an argument list that is too long", ["/bin/echo", "x".repeat(4 << 20)]],
    ["no program", []],
  ])("is a command error for %s", async (_, argv) => {
    expect(await errorOf(exec(argv, options))).toBeInstanceOf(CommandError);
  });

  it("names the signal that killed a program", async () => {
    expect(await errorOf(exec(sh("kill -9 $$"), options))).toMatchObject({
      message: "a test: /bin/sh was killed by SIGKILL",
      signal: "SIGKILL",
    });
  });

  it("stops a program that takes too long, and says so", async () => {
    const run = exec(sh("sleep 60; echo late"), { ...options, timeout: 100 });
    expect(await errorOf(run)).toMatchObject({
      message: "a test: /bin/sh was killed by SIGTERM",
      hint: "it took longer than 0.1 seconds",
    });
  });

  it("fails if a program that took too long exits with 0 when it is stopped", async () => {
    const run = exec(sh("trap 'exit 0' TERM; sleep 60 & wait"), { ...options, timeout: 200 });
    expect(await errorOf(run)).toMatchObject({ hint: "it took longer than 0.2 seconds" });
  });

  it.each(["yes", "yes >&2", "head -c 5000 /dev/zero"])(
    "does not return truncated output if %s prints too much",
    async (script) => {
      const run = exec(sh(script), { ...options, maxOutput: 1_000 });
      expect(await errorOf(run)).toMatchObject({
        code: "command",
        hint: "it printed more than 1000 bytes",
      });
    },
  );

  it("accepts output up to the limit", async () => {
    const run = await exec(sh("head -c 1000 /dev/zero"), { ...options, maxOutput: 1_000 });
    expect(run.stdout).toHaveLength(1_000);
  });

  it("throws the abort's reason, and stops the program and its children", async () => {
    const file = join(folder, "grandchild");
    const abort = new AbortController();
    // The shell's child holds its pipes open.
    const run = exec(sh(`sleep 60 & echo $! > ${file}; wait; echo after`), {
      ...options,
      signal: abort.signal,
    });
    const failed = errorOf(run);
    const pid = await pidIn(file);
    abort.abort(new Error("interrupted by SIGINT"));
    expect(await failed).toEqual(new Error("interrupted by SIGINT"));
    expect(await isGone(pid)).toBe(true);
  });

  it("stops the children of a program that has already exited", async () => {
    const file = join(folder, "orphan");
    const abort = new AbortController();
    const run = exec(sh(`sleep 60 & echo $! > ${file}`), { ...options, signal: abort.signal });
    const failed = errorOf(run);
    const pid = await pidIn(file);
    await wait(50);
    abort.abort(new Error("enough"));
    expect(await failed).toEqual(new Error("enough"));
    expect(await isGone(pid)).toBe(true);
  });

  it("stops what a program starts while it is being stopped", async () => {
    const file = join(folder, "late");
    const abort = new AbortController();
    const script = `trap 'sleep 60 & echo $! > ${file}.child; sleep 0.1; exit 0' TERM; echo $$ > ${file}; while :; do sleep 0.01; done`;
    const failed = errorOf(exec(sh(script), { ...options, signal: abort.signal }));
    await pidIn(file);
    abort.abort(new Error("enough"));
    expect(await failed).toEqual(new Error("enough"));
    expect(await isGone(await pidIn(`${file}.child`))).toBe(true);
  });

  it("leaves nothing running if it was already aborted", async () => {
    const signal = AbortSignal.abort(new Error("before"));
    expect(await errorOf(exec(sh("sleep 60"), { ...options, signal }))).toEqual(
      new Error("before"),
    );
  });
});

describe("execOk", () => {
  it("returns what was printed", async () => {
    expect(await execOk(exec, sh("echo out"), options)).toBe("out\n");
  });

  it("reports the exit code and the end of stderr, but no argument", async () => {
    const argv = [...sh("seq 1 30 >&2; exit 4"), "sh", "--password=hunter2"];
    const error = await errorOf(execOk(exec, argv, options));
    const tail = Array.from({ length: 20 }, (_, index) => index + 11).join("\n");
    expect(error).toMatchObject({
      message: `a test: /bin/sh exited with 4\n${tail}`,
      exitCode: 4,
      stderrTail: tail,
    });
    expect(String(error)).not.toContain("hunter2");
  });
});

describe("startCommand", () => {
  it("streams output while the program runs, and stops it", async () => {
    const child = startCommand(sh("echo ready; sleep 60"), options);
    for await (const chunk of child.stdout) {
      expect(String(chunk)).toBe("ready\n");
      child.stop();
    }
    expect(await errorOf(child.ended)).toMatchObject({ signal: "SIGTERM" });
  });
});

describe("lastLines", () => {
  it.each([
    ["a\nb\nc\n", 2, "b\nc"],
    ["a\nb\n\n\n", 1, "b"],
    ["a", 5, "a"],
    ["", 5, ""],
  ])("of %j, %i", (text, count, expected) => {
    expect(lastLines(text, count)).toBe(expected);
  });
});
