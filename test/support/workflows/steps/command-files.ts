import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { WorkflowError } from "../errors.ts";

const kinds = ["ENV", "OUTPUT", "PATH", "STATE", "STEP_SUMMARY"] as const;
type Kind = (typeof kinds)[number];

/** The files by which a step sets variables, outputs, paths, state and its summary. */
export interface CommandFiles {
  /** `GITHUB_ENV`, `GITHUB_OUTPUT`, … with their paths. */
  readonly env: Readonly<Record<string, string>>;
  read(kind: Kind): string;
  pairs(kind: Kind): readonly (readonly [string, string])[];
}

/** Makes empty files for one step. */
export function createCommandFiles(temp: string): CommandFiles {
  const folder = join(temp, "_runner_file_commands");
  mkdirSync(folder, { recursive: true });
  const id = randomUUID();
  const paths = new Map(
    kinds.map((kind) => [kind, join(folder, `${kind.toLowerCase()}_${id}`)] as const),
  );
  for (const path of paths.values()) writeFileSync(path, "");
  const read = (kind: Kind): string => readFileSync(paths.get(kind) ?? "", "utf8");
  return {
    env: Object.fromEntries([...paths].map(([kind, path]) => [`GITHUB_${kind}`, path])),
    read,
    pairs: (kind) => parsePairs(kind, read(kind)),
  };
}

/** `NAME=value` lines, and `NAME<<DELIMITER` blocks of several lines. */
function parsePairs(kind: Kind, content: string): readonly (readonly [string, string])[] {
  const lines = content.split(/\r?\n/);
  const pairs: (readonly [string, string])[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line === "") continue;
    const block = /^([^=]*?)<<(.+)$/.exec(line);
    if (block === null) {
      const equals = line.indexOf("=");
      if (equals < 1) throw new WorkflowError(`Invalid format in GITHUB_${kind}: '${line}'`);
      pairs.push([line.slice(0, equals), line.slice(equals + 1)]);
      continue;
    }
    const [, name = "", delimiter = ""] = block;
    const end = lines.indexOf(delimiter, at + 1);
    if (end < 0) {
      throw new WorkflowError(`Matching delimiter not found '${delimiter}' in GITHUB_${kind}`);
    }
    pairs.push([name, lines.slice(at + 1, end).join("\n")]);
    at = end;
  }
  return pairs;
}
