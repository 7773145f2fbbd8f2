import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { builtLeg, failedLeg, reusedLeg } from "../../../../test/support/results.ts";
import { readLastBuilders, writeLastBuilders } from "./last-builders.ts";

let folder = "";
let io: { readonly env: NodeJS.ProcessEnv };
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "layerkeep-last-builders-"));
  io = { env: { XDG_CACHE_HOME: folder } };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("keeps where legs were built, for each config's folder", async () => {
  expect(await readLastBuilders(io, "/app")).toEqual(new Map());
  const known = new Map([
    ["app/linux/amd64", "a"],
    ["old/linux/amd64", "c"],
  ]);
  await writeLastBuilders(io, "/app", known, [
    builtLeg({ builder: "b" }),
    reusedLeg({ leg: "reused/linux/amd64" }),
    failedLeg(),
  ]);
  expect(await readLastBuilders(io, "/app")).toEqual(
    new Map([
      ["old/linux/amd64", "c"],
      ["app/linux/amd64", "b"],
    ]),
  );
  expect(await readLastBuilders(io, "/other")).toEqual(new Map());
});

it("knows nothing if the file is damaged or cannot be written", async () => {
  await writeLastBuilders(io, "/app", new Map(), [builtLeg({ builder: "b" })]);
  const own = join(folder, "layerkeep/builders");
  const [name = ""] = readdirSync(own);
  for (const text of ["", "{", "[]", '{"app/linux/amd64": 1}']) {
    writeFileSync(join(own, name), text);
    expect(await readLastBuilders(io, "/app")).toEqual(new Map());
  }
  rmSync(join(folder, "layerkeep"), { recursive: true });
  writeFileSync(join(folder, "layerkeep"), "a file");
  await writeLastBuilders(io, "/app", new Map(), [builtLeg({ builder: "b" })]);
  expect(await readLastBuilders(io, "/app")).toEqual(new Map());
});
