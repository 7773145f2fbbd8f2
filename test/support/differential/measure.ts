import { join } from "node:path";
import { parsePlatform } from "../../../src/oci/platform.ts";
import { readIgnoreRules } from "../../../src/dockerfile/ignore/ignore-file.ts";
import { baseConfigReader } from "../../../src/pipeline/resolve/read-base-config.ts";
import { pinResolver } from "../../../src/pipeline/resolve/resolve-pin.ts";
import { createContextHasher } from "../../../src/inputs/files/context-files.ts";
import { createContextReader } from "../../../src/inputs/files/context-reader.ts";
import { ContextTree } from "../../../src/inputs/files/context-tree.ts";
import { DockerfileReader, type LegInputs } from "../../../src/inputs/leg-inputs.ts";
import { readPinnedInputs } from "../../../src/inputs/moving/pinned-inputs.ts";
import type { InputSummary } from "../../../src/inputs/input-digest.ts";
import { readInput } from "../../../src/plan/plan-leg.ts";
import { recipeOf } from "../../../src/inputs/recipe.ts";
import { takePlaces } from "../../../src/inputs/files/take-files.ts";
import type { RegistryClient } from "../../../src/registry/client.ts";
import { configOf, variantOf } from "../configs.ts";
import type { DifferentialCase } from "./case.ts";

/** What a plan says of a case as its files are now. */
export interface Measured {
  readonly input: InputSummary;
  /** Paths that an instruction names and that are not there: such a build fails. */
  readonly missing: readonly string[];
  /** Whether the whole context counts although no instruction says so. */
  readonly fallback: boolean;
}

/** The input digest of the case's only leg, by the same code as a plan's. */
export async function measure(
  folder: string,
  given: DifferentialCase,
  client: RegistryClient,
): Promise<Measured> {
  const variant = variantOf("app", {
    context: "ctx",
    args: given.args ?? {},
    contexts: { other: "other" },
  });
  const config = configOf({ root: folder, variants: [variant] });
  const amd64 = parsePlatform("linux/amd64");
  const options = { reader: new DockerfileReader(folder), epoch: undefined };
  const { legs, pins } = await readPinnedInputs(
    [recipeOf(config, variant, amd64, amd64)],
    options,
    {
      resolvePin: pinResolver({ client, root: folder }),
      readBase: baseConfigReader(client, folder, undefined),
    },
  );
  const [leg] = legs;
  if (leg === undefined) throw new Error("there is no leg");
  const hasher = createContextHasher();
  const { input } = await readInput(folder, leg, {
    pins,
    epoch: undefined,
    hasher,
    parents: new Map(),
  });
  const fallback = leg.stages.unknown.length > 0 && !takesAll(leg);
  return { input, missing: missingIn(folder, leg), fallback };
}

/** Whether an instruction takes the whole build context, by what it says. */
function takesAll({ stages }: LegInputs): boolean {
  return stages.contextSources.some(
    ({ context, path, picked }) => context === undefined && path === "" && !picked,
  );
}

function missingIn(folder: string, { stages }: LegInputs): readonly string[] {
  const context = join(folder, "ctx");
  const other = join(folder, "other");
  const reader = createContextReader();
  const ignore = readIgnoreRules(context, join(folder, "Dockerfile"));
  const trees = {
    context: new ContextTree(context, reader, { ignore }),
    other: new ContextTree(other, reader, { ignore: readIgnoreRules(other) }),
  };
  return stages.contextSources.flatMap((source) =>
    [...takePlaces(source.context === undefined ? trees.context : trees.other, source)]
      .filter(([, node]) => node === undefined)
      .map(([path]) => path),
  );
}
