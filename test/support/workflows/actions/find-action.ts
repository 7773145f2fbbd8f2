import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { type Mapping, mapping, text } from "../document/values.ts";
import { WorkflowError } from "../errors.ts";
import type { RunningJob } from "../steps/running-job.ts";
import { builtIn } from "../stand-ins/built-in.ts";
import type { StandIn } from "../stand-ins/stand-in.ts";

export interface ActionFile {
  readonly folder: string;
  readonly inputs: Mapping;
  readonly outputs: Mapping;
  readonly runs: Mapping;
}

export type FoundAction = { readonly standIn: StandIn; readonly name: string } | ActionFile;

/**
 * What `uses` names: a folder of the workspace (`./path`), an action of another repository that runs
 * from a local folder, or one with a stand-in. Throws for any other.
 */
export function findAction(job: RunningJob, uses: string): FoundAction {
  if (uses.startsWith("./")) return readActionFile(resolve(job.workspace, uses), uses);
  const match = /^([^/@]+\/[^/@]+)((?:\/[^@]+)?)@.+$/.exec(uses);
  if (match === null) throw new WorkflowError(`Unable to resolve action ${uses}: no version`);
  const [, repository = "", path = ""] = match;
  const { options } = job.run;
  const folder = options.repositories?.[repository];
  if (folder !== undefined) return readActionFile(join(folder, path), uses);
  const name = `${repository}${path}`;
  const standIn = options.standIns?.[name] ?? builtIn[name];
  if (standIn === undefined) throw new WorkflowError(`Unable to resolve action ${uses}`);
  return { standIn, name };
}

function readActionFile(folder: string, uses: string): ActionFile {
  const path = ["action.yml", "action.yaml"].map((name) => join(folder, name)).find(existsSync);
  if (path === undefined) throw new WorkflowError(`Can't find 'action.yml' for ${uses}`);
  const document = mapping(parse(readFileSync(path, "utf8")));
  if (text(document["name"]) === undefined) throw new WorkflowError(`${path}: no name`);
  return {
    folder,
    inputs: mapping(document["inputs"]),
    outputs: mapping(document["outputs"]),
    runs: mapping(document["runs"]),
  };
}
