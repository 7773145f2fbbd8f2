import { suggest } from "../../../../nearest.ts";
import type { Path } from "../../../yaml/yaml-file.ts";
import type { ComposeReader } from "../files/reader.ts";

/** Keys about the image's destination or about caches, which the config sets. */
const passedOver = ["cache_from", "cache_to", "pull", "tags"];
/** compose-go, types/build.go. */
const read = [
  "additional_contexts",
  "args",
  "context",
  "dockerfile",
  "dockerfile_inline",
  "entitlements",
  "extra_hosts",
  "isolation",
  "labels",
  "network",
  "no_cache",
  "no_cache_filter",
  "platforms",
  "privileged",
  "provenance",
  "sbom",
  "secrets",
  "shm_size",
  "ssh",
  "target",
  "ulimits",
];

/** Reports keys of a `build` that would change it and that we do not read. */
export function checkKeys(
  build: Readonly<Record<string, unknown>>,
  base: Path,
  reader: ComposeReader,
): void {
  for (const key of Object.keys(build)) {
    if (read.includes(key) || passedOver.includes(key) || key.startsWith("x-")) continue;
    const hint = suggest(key, [...read, ...passedOver]);
    reader.problem([...base, key], `unknown key "${key}" in build`, hint);
  }
}
