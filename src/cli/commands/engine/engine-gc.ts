import { renderBuildkitToml, renderDaemonJson } from "../../../buildkit/engine/gc-policy.ts";
import type { GlobalOptions, Io } from "../../io.ts";

export interface EngineGcOptions extends GlobalOptions {
  /** Bytes. */
  readonly disk: number;
  readonly minFree?: number;
  readonly format: "buildkitd.toml" | "daemon.json";
}

/** Prints the rules by which a builder keeps to a disk budget by itself. */
export function runEngineGc({ disk, minFree, format, quiet }: EngineGcOptions, io: Io): number {
  const budget = { disk, minFree };
  io.out(format === "daemon.json" ? renderDaemonJson(budget) : renderBuildkitToml(budget));
  if (quiet) return 0;
  io.err(
    format === "daemon.json"
      ? "put it into /etc/docker/daemon.json, and restart Docker\n"
      : "put it into a file: docker buildx create --driver docker-container --buildkitd-config FILE\n",
  );
  return 0;
}
