import { createHash, randomUUID } from "node:crypto";
import { rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { readBounded } from "../../../bounded-file.ts";
import type { LegResult } from "../../../pipeline/build/build-leg.ts";
import { cacheFolder, makePrivateFolder } from "../../folders.ts";
import type { Io } from "../../io.ts";

/** Of a repository's legs, which builder built each last on this machine. */
export type LastBuilders = ReadonlyMap<string, string>;

const mostBytes = 4 * 1024 * 1024;
const mostLegs = 10_000;
const schema = v.record(v.string(), v.string());

/** Reads it for the config in a folder. It is only a hint: what cannot be read is not known. */
export async function readLastBuilders(io: Pick<Io, "env">, root: string): Promise<LastBuilders> {
  try {
    const bytes = await readBounded(fileFor(io, root), mostBytes);
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const parsed = v.safeParse(schema, value);
    return new Map(parsed.success ? Object.entries(parsed.output) : []);
  } catch {
    return new Map();
  }
}

/** Adds where a run built its legs. Failing to write it changes nothing but speed. */
export async function writeLastBuilders(
  io: Pick<Io, "env">,
  root: string,
  known: LastBuilders,
  results: readonly LegResult[],
): Promise<void> {
  const built = new Map(known);
  for (const result of results) {
    if (result.outcome === "failed" || result.builder === undefined) continue;
    // The newest are last, and are kept.
    built.delete(result.leg);
    built.set(result.leg, result.builder);
  }
  const file = fileFor(io, root);
  const incoming = `${file}.${randomUUID()}`;
  try {
    await makePrivateFolder(dirname(file));
    const text = JSON.stringify(Object.fromEntries([...built].slice(-mostLegs)));
    await writeFile(incoming, text, { mode: 0o600 });
    await rename(incoming, file);
  } catch {
    // The next run chooses without it.
  }
}

function fileFor({ env }: Pick<Io, "env">, root: string): string {
  const name = createHash("sha256").update(root).digest("hex").slice(0, 16);
  return join(cacheFolder(env), "builders", `${name}.json`);
}
