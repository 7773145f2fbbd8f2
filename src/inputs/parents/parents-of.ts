import { parseContextAddress } from "../../dockerfile/context-address.ts";
import { familiarName } from "../../dockerfile/image-name.ts";
import { type Problem, UsageError } from "../../errors.ts";
import { formatPlatform } from "../../oci/platform.ts";
import type { LegInputs } from "../leg-inputs.ts";

/** A leg of another variant that a leg is built on, or copies from. */
export interface Parent {
  /** The familiar name of the named context. */
  readonly context: string;
  /** Its id: `base/linux/amd64`. */
  readonly leg: string;
}

/**
 * The parents that a leg reads. A parent's platform is the one in the context's address, otherwise
 * the one of the FROM that uses the context, otherwise the leg's own. Throws a usage error if one
 * context is needed for two platforms.
 */
export function parentsOf(inputs: LegInputs): readonly Parent[] {
  const { recipe, stages } = inputs;
  const read = new Set(stages.contexts);
  return Object.entries(recipe.contexts).flatMap(([name, value]) => {
    const address = parseContextAddress(value);
    const context = familiarName(name);
    // Unknown triggers may read any of them.
    if (address.kind !== "variant" || (stages.unknown.length === 0 && !read.has(context)))
      return [];
    const platform = platformOf(inputs, context, value);
    return { context, leg: `${address.name}/${platform}` };
  });
}

function platformOf(inputs: LegInputs, context: string, address: string): string {
  const { recipe, stages } = inputs;
  const own = formatPlatform(recipe.platform);
  const parsed = parseContextAddress(address);
  const { name: parent = "", platform: named } = parsed.kind === "variant" ? parsed : {};
  const froms = stages.bases.filter((base) => base.context === context);
  if (named !== undefined) {
    const other = froms.find(({ platform }) => platform !== named);
    if (other === undefined) return named;
    throw problem(inputs, other.line, {
      message: `FROM needs ${context} for ${other.platform}, but the context is ${address}`,
      hint: `use FROM --platform=${named} ${context}, or also build ${parent} for ${other.platform} and omit the platform from the context`,
    });
  }
  const isCopied = stages.contextSources.some(
    (source) => source.context === context && !source.label.startsWith("FROM "),
  );
  const [first = own, second] = new Set([
    ...froms.map(({ platform }) => platform),
    ...(isCopied ? [own] : []),
  ]);
  if (second === undefined) return first;
  const at = froms.find(({ platform }) => platform !== own) ?? froms[0];
  throw problem(inputs, at?.line, {
    message: `the Dockerfile uses context ${context} for both ${first} and ${second}, but a context can be only one image`,
    hint: `declare it under two names in contexts, and set one of them to ${address}/${second}`,
  });
}

function problem(
  { recipe }: LegInputs,
  line: number | undefined,
  what: Pick<Problem, "message" | "hint">,
): UsageError {
  return new UsageError([{ ...what, file: recipe.dockerfile, line }]);
}
