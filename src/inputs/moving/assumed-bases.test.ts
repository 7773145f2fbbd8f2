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

/** Whether all that the leg takes is known. */
async function known(dockerfile: string): Promise<boolean> {
  writeFileSync(join(root, "Dockerfile"), dockerfile);
  const variant = variantOf("app");
  const platform = parsePlatform("linux/amd64");
  const recipe = recipeOf(configOf({ root, variants: [variant] }), variant, platform, platform);
  const options = { reader: new DockerfileReader(root), epoch: undefined };
  const { stages } = await readWithAssumedBases(recipe, options);
  return stages.unknown.length === 0;
}

it("takes images to have no triggers where the stages on them do something themselves", async () => {
  expect(await known("FROM alpine:3\nCOPY src /src\n")).toBe(true);
  expect(await known("FROM golang:1 AS b\nRUN true\nFROM alpine:3\nCOPY --from=b /x /x\n")).toBe(
    true,
  );
});

it("so it does of a stage that only others are built on", async () => {
  expect(await known("FROM node:20 AS base\nENV A=b\nFROM base\nCOPY src /src\n")).toBe(true);
});

it("takes nothing for granted of images that look as if they had triggers", async () => {
  expect(await known('FROM acme/base:1\nCMD ["run"]\n')).toBe(false);
  expect(await known("FROM acme/base:1-onbuild\nRUN true\n")).toBe(false);
});

it("takes nothing for granted where only the image can say which files are taken", async () => {
  expect(await known("FROM alpine:3\nCOPY $APP_HOME/src /src\n")).toBe(false);
});
