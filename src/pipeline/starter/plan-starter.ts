import { posix } from "node:path";
import type { Variant } from "../../config/config.ts";
import { dockerfilePath } from "../../config/variants/dockerfile-path.ts";
import type { Platform } from "../../oci/platform.ts";
import { type ChosenContext, chooseContext, type Unreadable } from "./choose-context.ts";
import { nameVariants } from "./name-variants.ts";

/** A variant of a new config. */
interface StarterVariant extends ChosenContext {
  readonly name: string;
}

/** What a new config is made of. */
export interface Starter {
  /** Those that the config imports. */
  readonly imported: readonly string[];
  readonly variants: readonly StarterVariant[];
  /** Dockerfiles that no variant can be made of. */
  readonly leftOut: readonly Unreadable[];
}

interface StarterOptions {
  /** The folder of the config to be; paths are relative to it. */
  readonly root: string;
  /** The Dockerfiles to make variants of. */
  readonly dockerfiles: readonly string[];
  /** What the repository's Compose file builds. */
  readonly composed: readonly Variant[];
  /** Whether the config imports those. Otherwise only their contexts are used. */
  readonly imports: boolean;
  /** The name of a variant that no folder names. */
  readonly top: string;
  /** How many folders above the config's are in the repository. */
  readonly above: number;
  readonly machine: Platform;
}

/** Chooses the variants of a new config, with their contexts and names. */
export async function planStarter(options: StarterOptions): Promise<Starter> {
  const { root, composed, imports, top, above, machine } = options;
  const imported = imports ? composed.map(({ name }) => name) : [];
  const built = new Set(imports ? composed.map(dockerfilePath) : []);
  const chosen: ChosenContext[] = [];
  const leftOut: Unreadable[] = [];
  for (const dockerfile of options.dockerfiles.filter((path) => !built.has(path))) {
    const known = composed.flatMap((variant) =>
      dockerfilePath(variant) === dockerfile ? [posix.normalize(variant.context)] : [],
    );
    const found = await chooseContext(dockerfile, { root, known, above, machine });
    if ("problem" in found) leftOut.push(found);
    else chosen.push(found);
  }
  const paths = chosen.map(({ dockerfile }) => dockerfile);
  const names = nameVariants(paths, top, imported);
  const variants = chosen.map((one, index) => ({ ...one, name: names[index] ?? top }));
  return { imported, variants, leftOut };
}
