import { hintForUnusable } from "../../bounded-file.ts";
import { messageOf, systemCodeOf, UsageError } from "../../errors.ts";
import { dirname, join, resolve } from "node:path";
import type { Config } from "../config.ts";
import { checkFiles } from "./files.ts";
import type { Imported } from "../import/entry.ts";
import { type BakePrinter, largestFile, readImports } from "../import/read-imports.ts";
import { readJobs } from "../jobs/read-jobs.ts";
import { closeConfig, type Draft, openConfig, throwProblems } from "../parse.ts";
import { readText } from "../yaml/read-text.ts";
import { readYaml } from "../yaml/read-yaml.ts";
import type { YamlFile } from "../yaml/yaml-file.ts";

export interface LoadOptions {
  /** The config's name in messages. */
  readonly file: string;
  /** The config's text, if it is not in the file yet. */
  readonly text?: string | undefined;
  /** Values for the variables that the config declares. */
  readonly vars: Readonly<Record<string, string>>;
  /** Evaluates the bake files that the config imports; without it, they cannot be imported. */
  readonly printBake?: BakePrinter | undefined;
  /**
   * False skips imports, which a run that executes a plan has from it (a bake file may yield other
   * values each time), and jobs, which such a run does not use. Default: true.
   */
  readonly imports?: boolean;
  /** False reads YAML without the fast path for plain files. True if it is not given. */
  readonly plainYaml?: boolean | undefined;
}

/** Bytes. A config with 500 variants takes about 100 KiB. */
const largestConfig = 1 << 20;

/**
 * Reads a config and its imports, and checks everything: its shape, its values, the rules between
 * them, and that its Dockerfiles and contexts exist. Throws one usage error with every problem,
 * each with its place.
 */
export async function loadConfig(options: LoadOptions): Promise<Config> {
  const { config, report } = await draftConfig(options);
  throwProblems(report.problems());
  return config;
}

/**
 * Like `loadConfig`, but gives what could be read together with the report on the rest. Throws a
 * usage error only if the file itself cannot be read.
 */
export async function draftConfig({
  file,
  text,
  vars,
  printBake,
  imports = true,
  plainYaml,
}: LoadOptions): Promise<Draft> {
  const written = text ?? (await readConfigText(file));
  const opened = openConfig(await readYaml(written, plainYaml), file, vars);
  const root = dirname(resolve(file));
  const readYamlFile = yamlReader(root, plainYaml);
  const [imported, jobs] = imports
    ? await Promise.all([
        readImports(opened, root, { printBake, readYamlFile }),
        readJobs(opened, readYamlFile),
      ])
    : [nothing, []];
  const draft = closeConfig(opened, imported, jobs);
  checkFiles(draft.config, draft.placed);
  return draft;
}

const nothing: Imported = { entries: [], warnings: [] };

/** Reads each file once: several imports and jobs may use different parts of it. */
function yamlReader(
  root: string,
  plainYaml: boolean | undefined,
): (file: string) => Promise<YamlFile> {
  const files = new Map<string, Promise<YamlFile>>();
  return (file) => {
    const known = files.get(file);
    if (known !== undefined) return known;
    const reading = readText(join(root, file), largestFile).then((text) =>
      readYaml(text, plainYaml),
    );
    files.set(file, reading);
    return reading;
  };
}

async function readConfigText(file: string): Promise<string> {
  try {
    return await readText(file, largestConfig);
  } catch (cause) {
    const message = messageOf(cause);
    const unread = message.startsWith("cannot be read");
    const reason = cause instanceof Error ? cause.cause : undefined;
    throw new UsageError([{ file, message: unread ? `the config ${message}` : message }], {
      cause,
      hint:
        systemCodeOf(reason) === "ENOENT"
          ? "run `layerkeep init` to create one"
          : hintForUnusable(reason, file),
    });
  }
}
