import { parseContextAddress } from "../../dockerfile/context-address.ts";
import type { BaseConfig } from "../../dockerfile/stages/triggers.ts";

/** The variants that a recipe names as contexts, whether or not its Dockerfile reads them. */
export function parentVariants({
  contexts,
}: {
  readonly contexts: Readonly<Record<string, string>>;
}): readonly string[] {
  const names = Object.values(contexts).flatMap((value) => {
    const address = parseContextAddress(value);
    return address.kind === "variant" ? [address.name] : [];
  });
  return [...new Set(names)];
}

/** The image configs of other variants' legs, by leg id; undefined if not known. */
export type ParentConfigs = ReadonlyMap<string, BaseConfig | undefined>;

/** The config of the leg that a context refers to, if FROM asks for this platform. */
export function parentConfig(
  address: string,
  platform: string,
  configs: ParentConfigs,
): BaseConfig | undefined {
  const parsed = parseContextAddress(address);
  if (parsed.kind !== "variant") return undefined;
  return configs.get(`${parsed.name}/${parsed.platform ?? platform}`);
}
