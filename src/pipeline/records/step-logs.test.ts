import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { LineClipper } from "../../buildkit/progress/clipped-lines.ts";
import type { StepLog } from "../../buildkit/progress/progress.ts";
import { FormatError } from "../../errors.ts";
import { maskOf, maskSecrets } from "../../secrets.ts";
import { keepStepLogs, packStepLogs, unpackStepLogs } from "./step-logs.ts";

const red = "\u001b[31m";
const reset = "\u001b[0m";

function log(step: string, lines: readonly string[], limit = 1 << 20): StepLog {
  const clipper = new LineClipper(limit);
  for (const line of lines) clipper.add(line);
  return { step, lines: clipper.lines() };
}

const kept = (lines: readonly string[], known: readonly string[] = []): string | undefined =>
  keepStepLogs([log("[1/1] RUN a", lines)], maskOf(known)).steps[0]?.log;

describe("keepStepLogs", () => {
  it("keeps the names of steps, and their lines with colours", () => {
    expect(
      keepStepLogs([log("[1/2] RUN TOKEN=abc a", [`${red}x${reset}`, "y"])], maskSecrets),
    ).toEqual({
      schema: "layerkeep.step-logs.v1",
      steps: [{ step: "[1/2] RUN TOKEN=*** a", log: `${red}x${reset}\ny` }],
    });
  });

  it("masks secrets, even if colours divide them or they span lines", () => {
    expect(kept(["hunter2 x"], ["hunter2"])).toBe("*** x");
    expect(kept([`${red}x${reset}`, `hun${red}ter2${reset}`], ["hunter2"])).toBe("x\n***");
    const key = ["-----BEGIN PRIVATE KEY-----", "abc", "-----END PRIVATE KEY-----", "end"];
    expect(kept(key)).toBe("***\nend");
  });

  it("says what the middle of a clipped log had", () => {
    const lines = Array.from({ length: 12 }, (_, n) => `${n % 10}`);
    expect(keepStepLogs([log("a", lines, 16)], maskSecrets).steps[0]?.log).toBe(
      "0\n1\n[output clipped: 4 lines (8 bytes) omitted here]\n6\n7\n8\n9\n0\n1",
    );
  });

  it("keeps at most 4 MiB of a build", () => {
    const lines = Array.from({ length: 1000 }, () => "x".repeat(999));
    const { steps } = keepStepLogs(
      Array.from({ length: 9 }, (_, n) => log(`${n}`, lines)),
      maskSecrets,
    );
    const sizes = steps.map((step) => step.log.length);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual((4 << 20) + 9 * 80);
    expect(Math.min(...sizes)).toBeGreaterThan(400_000);
  });
});

describe("packed step logs", () => {
  it("are read as they were written", async () => {
    const logs = keepStepLogs([log("a", ["€", "\t\\"])], maskSecrets);
    expect(await unpackStepLogs(await packStepLogs(logs))).toEqual(logs);
  });

  const packed = (text: string): Buffer => gzipSync(text);
  it.each([
    ["no gzip", Buffer.from("{}")],
    ["no JSON", packed("{")],
    ["an array", packed("[]")],
    ["another version", packed('{"schema":"layerkeep.step-logs.v2","steps":[]}')],
    ["a step without a log", packed('{"schema":"layerkeep.step-logs.v1","steps":[{"step":"a"}]}')],
    ["more than any build has", packed(" ".repeat(32 << 20))],
  ])("are refused if they are %s", async (_, bytes) => {
    await expect(unpackStepLogs(bytes)).rejects.toThrow(FormatError);
  });
});
