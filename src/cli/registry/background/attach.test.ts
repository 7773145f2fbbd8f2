import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { testIo } from "../../../../test/support/io.ts";
import { attach } from "./attach.ts";
import { serverFiles } from "./state.ts";

let home = "";
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "layerkeep-attach-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const env = () => ({ PATH: process.env["PATH"], XDG_CACHE_HOME: home });
const logFile = () => serverFiles(env()).log;

/** Attaches to a server that is this program. */
function attachTo(program: string): Promise<unknown> {
  const argv = [process.execPath, "--eval", program];
  const { io } = testIo({ env: env(), backgroundServer: { argv, cwd: home } });
  return attach({ command: "up", mayStart: () => true }, io);
}

describe("starting the server ends with an error that names its log", () => {
  test("if it ends again and again before it can be used", async () => {
    const program = `console.error("run"); process.send({ kind: "started", warnings: [] });`;
    await expect(attachTo(program)).rejects.toMatchObject({
      code: "engine",
      message: "the embedded registry was started 5 times, but did not run long enough to be used",
      hint: `see ${logFile()}`,
    });
    expect(await readFile(logFile(), "utf8")).toBe("run\n".repeat(5));
  });

  test("if it ends without a word", async () => {
    const program = `console.error("out of memory"); process.exitCode = 7;`;
    await expect(attachTo(program)).rejects.toMatchObject({
      code: "engine",
      message: "the embedded registry did not start: exit code 7: out of memory",
      hint: `see ${logFile()}`,
    });
  });
});

test("what a server says at its end is not lost", async () => {
  const report = { kind: "failed", message: "the disk is full", hint: "free some space" };
  const program = `process.send(${JSON.stringify(report)}, () => process.exit(2));`;
  await expect(attachTo(program)).rejects.toMatchObject({
    code: "usage",
    message: "the disk is full",
    hint: "free some space",
  });
});
