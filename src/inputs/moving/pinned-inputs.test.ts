import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { configOf, variantOf } from "../../../test/support/configs.ts";
import type { BaseConfig } from "../../dockerfile/stages/triggers.ts";
import { digestOf } from "../../oci/digest.ts";
import { DockerfileReader } from "../leg-inputs.ts";
import { baseConfigsOf, type PinServices, readPinnedInputs } from "./pinned-inputs.ts";
import { recipeOf } from "../recipe.ts";

let root = "";
let asked: string[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "layerkeep-pinned-"));
  asked = [];
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** Images by name; the digest comes from the name's beginning, so `a:1` and `a:2` have the same. */
function services(configs: Readonly<Record<string, BaseConfig>>): PinServices {
  return {
    resolvePin: (kind, ref) => {
      asked.push(`pin ${kind} ${ref}`);
      return Promise.resolve(
        ref.startsWith("gone")
          ? { resolved: null }
          : { resolved: digestOf(ref.split(":")[0] ?? "") },
      );
    },
    readBase: (ref, _digest, platform) => {
      asked.push(`config ${ref} ${platform}`);
      const config = configs[ref];
      return Promise.resolve(config === undefined ? { problem: "no route" } : { config });
    },
  };
}

function read(
  dockerfiles: Readonly<Record<string, string>>,
  configs: Readonly<Record<string, BaseConfig>> = {},
  platforms = ["linux/amd64"],
): ReturnType<typeof readPinnedInputs> {
  const variants = Object.entries(dockerfiles).map(([name, text]) => {
    writeFileSync(join(root, name), text);
    return variantOf(name, { dockerfile: name, platforms });
  });
  const config = configOf({ root, variants });
  const recipes = variants.flatMap((variant) =>
    variant.platforms.map((platform) => recipeOf(config, variant, platform, platform)),
  );
  const reader = new DockerfileReader(root);
  return readPinnedInputs(recipes, { reader, epoch: undefined }, services(configs));
}

const plain: BaseConfig = { env: [], onbuild: [] };

it("reads the config of each image and platform once, by its digest", async () => {
  const text = "FROM a:1\nCOPY src /\n";
  const again = { one: text, two: text, three: "FROM a:2\nCOPY lib /\n" };
  const { legs, pins, warnings } = await read(again, { "a:1": plain }, [
    "linux/amd64",
    "linux/arm64",
  ]);
  expect(asked.sort()).toEqual([
    "config a:1 linux/amd64",
    "config a:1 linux/arm64",
    "pin image a:1",
    "pin image a:2",
  ]);
  expect(legs.flatMap(({ stages }) => stages.unknown)).toEqual([]);
  const configs = { "linux/amd64": plain, "linux/arm64": plain };
  expect(pins).toEqual([
    { kind: "image", ref: "a:1", resolved: digestOf("a"), configs },
    { kind: "image", ref: "a:2", resolved: digestOf("a"), configs },
  ]);
  expect(warnings).toEqual([]);
});

it("reads the config of every base image, if it is pinned", async () => {
  const { legs } = await read(
    {
      everything: "FROM a:1\nCOPY . /\n",
      copied: "FROM scratch\nCOPY --from=a:1 /x /\n",
      gone: "FROM gone:1\nCOPY src /\n",
    },
    { "a:1": plain },
  );
  expect(asked).toEqual(["pin image a:1", "pin image gone:1", "config a:1 linux/amd64"]);
  expect(legs.map(({ stages }) => stages.unknown.length)).toEqual([0, 0, 1]);
});

it("pins an image in a trigger, and reads the config of the base", async () => {
  const { legs, pins } = await read(
    { app: "FROM a:1\nCOPY $D /\n" },
    { "a:1": { env: ["D=src"], onbuild: ["COPY --from=b:1 /x /", "COPY lib /"] } },
  );
  expect(pins.map(({ ref }) => ref)).toEqual(["a:1", "b:1"]);
  expect(legs[0]?.stages.contextSources.map(({ path }) => path)).toEqual(["lib", "src"]);
});

it("counts the whole context if a config cannot be read, and warns that nothing is reused", async () => {
  const { legs, warnings } = await read({ app: "FROM a:1\nCOPY src /\n" });
  expect(legs[0]?.stages.unknown).toHaveLength(1);
  expect(warnings).toEqual([
    "the config of a:1 for linux/amd64 cannot be read (no route), so legs built on this image are never reused",
  ]);
});

it("finds a base's triggers in a plan's pins, however the Dockerfile spells its name", () => {
  const bases = baseConfigsOf([
    { kind: "image", ref: "busybox:1", resolved: null, configs: { "linux/amd64": plain } },
  ]);
  expect(bases("docker.io/library/busybox:1", "linux/amd64")).toBe(plain);
  expect(bases("busybox:1", "linux/arm64")).toBeUndefined();
  expect(bases("busybox:2", "linux/amd64")).toBeUndefined();
});
