import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { configOf, variantOf } from "../../../test/support/configs.ts";
import { parsePlatform } from "../../oci/platform.ts";
import { readWithAssumedBases } from "./assumed-bases.ts";
import { DockerfileReader } from "../leg-inputs.ts";
import { recipeOf } from "../recipe.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "layerkeep-bases-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Whether everything that the leg takes is known. */
async function known(dockerfile: string): Promise<boolean> {
  writeFileSync(join(root, "Dockerfile"), dockerfile);
  const variant = variantOf("app");
  const platform = parsePlatform("linux/amd64");
  const recipe = recipeOf(configOf({ root, variants: [variant] }), variant, platform, platform);
  const options = { reader: new DockerfileReader(root), epoch: undefined };
  const { stages } = await readWithAssumedBases(recipe, options);
  return stages.unknown.length === 0;
}

it("assumes no triggers in images whose stages have steps of their own", async () => {
  expect(await known("FROM alpine:3\nCOPY src /src\n")).toBe(true);
  expect(await known("FROM golang:1 AS b\nRUN true\nFROM alpine:3\nCOPY --from=b /x /x\n")).toBe(
    true,
  );
});

it("also assumes none for a stage that only other stages are built on", async () => {
  expect(await known("FROM node:20 AS base\nENV A=b\nFROM base\nCOPY src /src\n")).toBe(true);
});

it("assumes nothing about images that look as if they had triggers", async () => {
  expect(await known('FROM acme/base:1\nCMD ["run"]\n')).toBe(false);
  expect(await known("FROM acme/base:1-onbuild\nRUN true\n")).toBe(false);
});

it("assumes nothing if only the image determines which files are taken", async () => {
  expect(await known("FROM alpine:3\nCOPY $APP_HOME/src /src\n")).toBe(false);
});
