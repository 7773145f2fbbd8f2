import { messageOf, UsageError } from "../../errors.ts";
import { resolve, dirname } from "node:path";
import type { Config } from "../config.ts";
import { checkFiles } from "./files.ts";
import type { Imported } from "../import/entry.ts";
import { type BakePrinter, readImports } from "../import/read-imports.ts";
import { closeConfig, openConfig, throwProblems } from "../parse.ts";
import { readText } from "../yaml/read-text.ts";
import { readYaml } from "../yaml/read-yaml.ts";

interface LoadOptions {
  /** The config's name in messages. */
  readonly file: string;
  /** Values for the variables that the config declares. */
  readonly vars: Readonly<Record<string, string>>;
  /** Evaluates the bake files that the config imports; without it, they cannot be imported. */
  readonly printBake?: BakePrinter | undefined;
  /**
   * False skips imports: a run that executes a plan has them from the plan, and a bake file may
   * yield other values each time. Default: true.
   */
  readonly imports?: boolean;
  /** False reads YAML without the fast path for plain files. True if it is not given. */
  readonly plainYaml?: boolean | undefined;
}

/** Bytes. A config with 500 variants takes about 100 KiB. */
const largestFile = 1 << 20;

/**
 * Reads a config and its imports, and checks everything: its shape, its values, the rules between
 * them, and that its Dockerfiles and contexts exist. Throws one usage error with every problem,
 * each with its place.
 */
export async function loadConfig({
  file,
  vars,
  printBake,
  imports = true,
  plainYaml,
}: LoadOptions): Promise<Config> {
  const opened = openConfig(await readYaml(await readConfigText(file), plainYaml), file, vars);
  const root = dirname(resolve(file));
  const imported = imports ? await readImports(opened, root, { printBake, plainYaml }) : nothing;
  const { config, placed, report } = closeConfig(opened, imported);
  checkFiles(config, placed);
  throwProblems(report.problems());
  return config;
}

const nothing: Imported = { entries: [], warnings: [] };

async function readConfigText(file: string): Promise<string> {
  try {
    return await readText(file, largestFile);
  } catch (cause) {
    const message = messageOf(cause);
    const unread = message.startsWith("cannot be read");
    throw new UsageError([{ file, message: unread ? `the config ${message}` : message }], {
      cause,
      hint: unread ? "run `layerkeep init` to create one" : undefined,
    });
  }
}
