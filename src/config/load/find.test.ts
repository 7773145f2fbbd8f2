import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findConfig } from "./find.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "layerkeep-find-"));
  mkdirSync(join(root, "repo/a/b"), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("findConfig", () => {
  it.each(["layerkeep.yml", "layerkeep.yaml", ".layerkeep.yml"])("finds %s", async (name) => {
    writeFileSync(join(root, "repo", name), "");
    expect(await findConfig(join(root, "repo"))).toBe(join(root, "repo", name));
  });

  it("finds the nearest one above, up to the top of the git checkout", async () => {
    writeFileSync(join(root, "layerkeep.yml"), "");
    mkdirSync(join(root, "repo/.git"));
    const deep = join(root, "repo/a/b");
    await expect(findConfig(deep)).rejects.toMatchObject({
      message: `no layerkeep.yml, layerkeep.yaml or .layerkeep.yml found in ${deep} or above it, up to ${join(root, "repo")}`,
      hint: "run `layerkeep init` to create one",
    });
    writeFileSync(join(root, "repo/layerkeep.yml"), "");
    expect(await findConfig(deep)).toBe(join(root, "repo/layerkeep.yml"));
    writeFileSync(join(root, "repo/a/layerkeep.yaml"), "");
    expect(await findConfig(deep)).toBe(join(root, "repo/a/layerkeep.yaml"));
  });

  it("looks nowhere else outside a git checkout", async () => {
    writeFileSync(join(root, "repo/layerkeep.yml"), "");
    await expect(findConfig(join(root, "repo/a"))).rejects.toThrow(
      `no layerkeep.yml, layerkeep.yaml or .layerkeep.yml found in ${join(root, "repo/a")}`,
    );
  });

  it("rejects two in one folder", async () => {
    writeFileSync(join(root, "repo/layerkeep.yml"), "");
    writeFileSync(join(root, "repo/layerkeep.yaml"), "");
    await expect(findConfig(join(root, "repo"))).rejects.toMatchObject({
      hint: "keep only one, or choose one with --config",
    });
  });
});
