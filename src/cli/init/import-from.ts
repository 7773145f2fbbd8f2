import { UsageError } from "../../errors.ts";
import type { Io } from "../io.ts";
import { givenImage, givenPlatforms, type InitOptions } from "./choose-setting.ts";

/**
 * Does what `layerkeep import` does for files of this kind, and writes the config to `config`. Gives
 * the exit code.
 */
export async function importFrom(
  kind: "bake" | "github" | "gitlab",
  config: string,
  options: InitOptions,
  io: Io,
): Promise<number> {
  const write = { ...options, config };
  switch (kind) {
    case "bake": {
      const { runImportBake } = await import("../import/import-bake.ts");
      const [image, platforms] = [givenImage(options), givenPlatforms(options)];
      return runImportBake(undefined, { ...write, image, platforms, target: [] }, io);
    }
    case "github": {
      refuseSettings(kind, options);
      const { runImportGithub } = await import("../import/import-github.ts");
      return runImportGithub([], { ...write, value: {}, workflow: true }, io);
    }
    case "gitlab": {
      refuseSettings(kind, options);
      const { runImportGitlab } = await import("../import/import-gitlab.ts");
      return runImportGitlab(undefined, { ...write, value: {}, pipeline: true }, io);
    }
  }
}

/** Workflows say for each image where it is published and for which platforms it is built. */
function refuseSettings(kind: "github" | "gitlab", { image, platform }: InitOptions): void {
  const [flag] = [...(image === undefined ? [] : ["--image"]), ...platform.map(() => "--platform")];
  if (flag === undefined) return;
  const files = kind === "github" ? "GitHub workflows" : "GitLab pipeline";
  throw new UsageError(`${flag} cannot be used with the ${files}, which decide that`, {
    hint: "leave it out and edit the config afterwards, or pass --from dockerfiles",
  });
}
