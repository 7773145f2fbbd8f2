import { formatVariantAddress, parseContextAddress } from "../../dockerfile/context-address.ts";
import { isRemoteContext } from "../../dockerfile/remote-source.ts";
import { UsageError } from "../../errors.ts";
import { formatPlatform, parsePlatform } from "../../oci/platform.ts";
import { parseConfigPath } from "../config-path.ts";
import type { Report } from "../schema/report.ts";
import type { RawVariant } from "../schema/variant-schema.ts";
import type { Keyed } from "./by-platform.ts";
import { checkContextName, checkRepeated } from "./context-name.ts";

/**
 * The named contexts of a variant, by their filled names. One whose name is filled with nothing is
 * left out. Problems go to the report.
 */
export function parseContexts(
  raw: Pick<RawVariant, "contexts">,
  { name, path, fill }: Pick<Keyed, "path" | "fill"> & { readonly name: string },
  report: Report,
): Record<string, string> {
  const map: Record<string, string> = {};
  const named = Object.entries(raw.contexts ?? {})
    .map(([key, text]) => ({ key, called: fill(key), text }))
    .filter(({ key, called }) => key === "" || called !== "");
  for (const { key, called, text } of named) {
    const at = [...path, "contexts", key];
    report.try(at, () => checkContextName(called), "key");
    const parsed = report.try(at, () => parseNamedContext(fill(text)));
    if (parsed === undefined) continue;
    // `defaults` may give a variant to all variants: the one that it is needs it not.
    if (!isOwn(parsed, name) || report.has(at)) map[called] = parsed;
  }
  checkRepeated(
    named.map(({ called }) => called),
    [...path, "contexts"],
    report,
  );
  return map;
}

/** The build context's address. Throws a usage error, without a place. */
export function parseContext(text: string): string {
  if (text === "-") throw new UsageError("a context cannot be read from stdin");
  if (text.startsWith("variant:")) {
    throw new UsageError(`the build context cannot be another variant: ${text}`, {
      hint: `give it a name under contexts, such as base: "${text}", and use FROM base`,
    });
  }
  return isRemoteContext(text) ? text : parseConfigPath(text);
}

function parseNamedContext(text: string): string {
  const address = parseContextAddress(text);
  if (text.startsWith("target:")) {
    throw new UsageError(`a context cannot be a bake target: ${text}`, {
      hint: `to refer to another variant, use variant:${text.slice("target:".length)}`,
    });
  }
  if (address.kind !== "variant") return parseContext(text);
  const { name, platform } = address;
  if (name === "") {
    throw new UsageError(`"${text}" has no variant name`, {
      hint: "use variant:NAME, or variant:NAME/linux/amd64 for one platform",
    });
  }
  const spelt = platform === undefined ? undefined : formatPlatform(parsePlatform(platform));
  return formatVariantAddress({ name, platform: spelt });
}

function isOwn(context: string, name: string): boolean {
  const address = parseContextAddress(context);
  return address.kind === "variant" && address.name === name;
}
