import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { testIo } from "../../../test/support/io.ts";
import { showRunResult } from "./show-run-result.ts";

it("prints the result with --json, and writes the same to the file of --metadata-file", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "layerkeep-result-"));
  try {
    const { io, out } = testIo({ cwd });
    await showRunResult({ legs: [] }, { json: false, metadataFile: "result.json" }, io);
    expect(out()).toBe("");
    await showRunResult({ legs: [] }, { json: true }, io);
    expect(out()).toBe('{\n  "legs": []\n}\n');
    expect(readFileSync(join(cwd, "result.json"), "utf8")).toBe(out());
    const nowhere = showRunResult({}, { json: false, metadataFile: "none/result.json" }, io);
    await expect(nowhere).rejects.toMatchObject({
      code: "usage",
      hint: "create its folder",
    });
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
});
