import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Config } from "../../src/config/config.ts";
import type { BakePrinter } from "../../src/config/import/read-imports.ts";
import { loadConfig } from "../../src/config/load/load.ts";
import { UsageError } from "../../src/errors.ts";

type Files = Readonly<Record<string, string>>;

interface LoadFilesOptions {
  readonly vars?: Readonly<Record<string, string>>;
  readonly printBake?: BakePrinter;
}

/** The config of a folder with these files; its Dockerfile is there, unless one is given. */
export async function loadFiles(files: Files, options: LoadFilesOptions = {}): Promise<Config> {
  const folder = mkdtempSync(join(tmpdir(), "layerkeep-import-"));
  try {
    for (const [path, text] of Object.entries({ Dockerfile: "FROM scratch", ...files })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return await loadConfig({ file: join(folder, "layerkeep.yml"), vars: {}, ...options });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const problems = error.problems.map((problem) => ({
      ...problem,
      file: problem.file?.replace(`${folder}/`, ""),
    }));
    throw new UsageError(problems, { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What is wrong with the config of these files, a line each, as the user reads it. */
export async function problemsOf(files: Files, options?: LoadFilesOptions): Promise<string[]> {
  try {
    await loadFiles(files, options);
  } catch (error) {
    if (error instanceof UsageError) return error.message.split("\n");
    throw error;
  }
  return [];
}
