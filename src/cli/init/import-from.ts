import type { Io } from "../io.ts";
import type { WriteOptions } from "../import/write-migration.ts";

/** Does what `layerkeep import` does for files of this kind, without flags. Gives the exit code. */
export async function importFrom(
  kind: "bake" | "github" | "gitlab",
  options: WriteOptions,
  io: Io,
): Promise<number> {
  switch (kind) {
    case "bake": {
      const { runImportBake } = await import("../import/import-bake.ts");
      return runImportBake(undefined, { ...options, target: [] }, io);
    }
    case "github": {
      const { runImportGithub } = await import("../import/import-github.ts");
      return runImportGithub([], { ...options, value: {}, workflow: true }, io);
    }
    case "gitlab": {
      const { runImportGitlab } = await import("../import/import-gitlab.ts");
      return runImportGitlab(undefined, { ...options, value: {}, pipeline: true }, io);
    }
  }
}
