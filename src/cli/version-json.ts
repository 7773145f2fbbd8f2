import { commit, version } from "../version.ts";

/** How a command line asks for the version alone; undefined if it does not. */
export function versionAsked(argv: readonly string[]): "text" | "json" | undefined {
  const others = argv.filter((word) => word !== "--version" && word !== "-V");
  if (others.length === argv.length) return undefined;
  if (others.length === 0) return "text";
  return others.every((word) => word === "--json") ? "json" : undefined;
}

/** What `--version --json` prints, for reports of bugs and for scripts. */
export function versionJson(): {
  readonly version: string;
  /** That it was built from; null if that is not known. */
  readonly commit: string | null;
  readonly node: string;
  readonly platform: string;
} {
  return {
    version,
    commit: commit ?? null,
    node: process.versions.node,
    platform: `${process.platform}/${process.arch}`,
  };
}
