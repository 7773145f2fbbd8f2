import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { UsageError } from "../../errors.ts";
import type { GlobalOptions, Io } from "../io.ts";
import { show } from "../show/show-result.ts";

/** Files that a command makes of the config. */
export interface Generated {
  /** How each of them begins; a file that begins otherwise is someone's own. */
  readonly mark: string;
  /** The command line that writes them, for hints. */
  readonly command: string;
  /** The flag that writes to another place, for hints. */
  readonly elsewhere: string;
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** What is to be known besides, one line each. */
  readonly notes?: readonly string[];
}

interface WriteOptions extends GlobalOptions {
  readonly check?: boolean;
  readonly force?: boolean;
}

type State = "unchanged" | "differs" | "missing" | "written";

interface Compared {
  readonly path: string;
  readonly text: string;
  /** Undefined if there is no such file. */
  readonly present: string | undefined;
}

/**
 * Writes the files that differ, or with `check` only says which do. Gives the exit code. Throws a
 * usage error, and writes nothing, if one of them is someone's own.
 */
export async function writeGenerated(
  generated: Generated,
  options: WriteOptions,
  io: Io,
): Promise<number> {
  const compared = await Promise.all(
    generated.files.map(async (file): Promise<Compared> => {
      return { ...file, present: await readPresent(file.path) };
    }),
  );
  const { check = false, force = false } = options;
  if (!check && !force) refuseOwn(compared, generated, io);
  if (!check) for (const file of compared) await write(file);
  const files = compared.map((file) => {
    const path = relative(io.cwd, file.path);
    return { path, state: stateOf(file, check) };
  });
  show(io, options, { files }, () =>
    [
      ...files.map(({ path, state }) => render(path, state, generated)),
      ...(generated.notes ?? []),
    ].join("\n"),
  );
  return check && files.some(({ state }) => state !== "unchanged") ? 1 : 0;
}

function stateOf({ text, present }: Compared, check: boolean): State {
  if (present === text) return "unchanged";
  if (!check) return "written";
  return present === undefined ? "missing" : "differs";
}

function render(path: string, state: State, { command }: Generated): string {
  switch (state) {
    case "unchanged":
      return `${path} is up to date`;
    case "written":
      return `wrote ${path}`;
    case "missing":
      return `${path} does not exist; run \`${command}\` to create it`;
    case "differs":
      return `${path} does not match the config; run \`${command}\` to update it`;
  }
}

function refuseOwn(
  compared: readonly Compared[],
  { mark, elsewhere }: Generated,
  { cwd }: Pick<Io, "cwd">,
): void {
  const own = compared.find(({ present }) => present !== undefined && !present.startsWith(mark));
  if (own === undefined) return;
  throw new UsageError(
    `${relative(cwd, own.path)} was not generated, so it might be your own file`,
    {
      hint: `pass --force to overwrite it, or ${elsewhere} to choose another file`,
    },
  );
}

async function write({ path, text, present }: Compared): Promise<void> {
  if (present === text) return;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  } catch (cause) {
    throw new UsageError(`${path} cannot be written`, { cause });
  }
}

async function readPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw new UsageError(`${path} cannot be read`, { cause });
  }
}
