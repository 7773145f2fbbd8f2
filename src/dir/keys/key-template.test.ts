import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { hashFiles, readKeyFile } from "./hash-files.ts";
import { renderKey } from "./key-template.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "layerkeep-keys-"));
  for (const below of ["sub", "node_modules/x"])
    mkdirSync(join(folder, below), { recursive: true });
  writeFileSync(join(folder, "package-lock.json"), "{}");
  writeFileSync(join(folder, "sub/package-lock.json"), "{ }");
  writeFileSync(join(folder, "node_modules/x/package-lock.json"), "{  }");
  writeFileSync(join(folder, "go.mod"), "module x\n\ngo 1.24.3\n");
});
afterEach(() => rmSync(folder, { recursive: true }));

const render = (template: string) =>
  renderKey(template, {
    os: "linux",
    arch: "arm64",
    epoch: "2026-W47",
    env: { NODE: "20" },
    hash: (globs) => hashFiles(folder, globs),
    file: (path) => readKeyFile(folder, path),
  });

it("fills in placeholders, and knows which keys are of one family", async () => {
  expect(await render("go-{os}-{arch}-{file:go.mod:^go (\\d{1,2}\\.\\d+)}-{env:NODE}")).toEqual({
    key: "go-linux-arm64-1.24-20",
    family: "go-linux-arm64-",
  });
  expect(await render("plain")).toEqual({ key: "plain", family: "plain" });
  expect((await render("{epoch}")).key).toBe("2026-W47");
});

it("hashes names and contents, and nothing in node_modules", async () => {
  const all = (await render("{hash:**/package-lock.json}")).key;
  expect(all).toMatch(/^[0-9a-f]{20}$/);
  expect((await render("{hash:package-lock.json, sub/package-lock.json}")).key).toBe(all);
  writeFileSync(join(folder, "node_modules/x/package-lock.json"), "changed");
  expect((await render("{hash:**/package-lock.json}")).key).toBe(all);
  writeFileSync(join(folder, "sub/package-lock.json"), "changed");
  expect((await render("{hash:**/package-lock.json}")).key).not.toBe(all);
});

it.each([
  ["{oss}", 'the key "{oss}" has an unknown {oss}'],
  ["{os", 'the key "{os" has a { without a }'],
  ["{hash}", 'the key "{hash}" has {hash} without a value'],
  ["{os:x}", 'the key "{os:x}" has {os} with a value'],
  ["{file:go.mod}", 'the key "{file:go.mod}" has {file:…} without a pattern'],
  [
    "{file:go.mod:(}",
    'the key "{file:go.mod:(}" has a pattern that is not a regular expression: (',
  ],
  [
    "{file:go.mod:rust}",
    'the key "{file:go.mod:rust}" needs a match of rust in go.mod: none found',
  ],
  ["{file:nope:x}", "cannot read nope for the key: no such file"],
  ["{env:NOPE}", 'the key "{env:NOPE}" needs NOPE, which is not set'],
  ["{hash:*.lock}", 'the key "{hash:*.lock}" needs a file that matches *.lock: none found'],
  ["{hash:nope}", "cannot read nope for the key: no such file"],
])("refuses %s", async (template, message) => {
  await expect(render(template)).rejects.toThrow(message);
});
