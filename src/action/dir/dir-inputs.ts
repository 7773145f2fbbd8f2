import { homedir } from "node:os";
import { resolve } from "node:path";
import type { Asked } from "../../cli/dir/declared/choose-dirs.ts";
import type { RestoreRequest } from "../../cli/dir/restore-requested.ts";
import type { SavedPath } from "../../dir/save/save.ts";
import { UsageError } from "../../errors.ts";
import type { Inputs } from "../process/inputs.ts";
import { commonInputs, namesOf } from "../process/run-command.ts";
import { loginInputs } from "./registry-login.ts";

const sharedInputs = ["names", "key", "path", ...commonInputs, ...loginInputs] as const;
export const restoreInputs = [
  ...sharedInputs,
  "restore-keys",
  "fail-on-cache-miss",
  "lookup-only",
] as const;
export const saveInputs = [...sharedInputs, "allow-empty"] as const;

/** The inputs of an action that restores. */
export type RestoreInputs = Inputs<(typeof restoreInputs)[number]>;
/** The inputs of an action that saves. */
export type SaveInputs = Inputs<(typeof saveInputs)[number]>;

type AskedInputs = Inputs<"names" | "key" | "path">;

/** What an action restores. Throws a usage error if the inputs contradict each other. */
export function restoreRequestOf(inputs: RestoreInputs): RestoreRequest {
  const or = inputs.lines("restore-keys");
  const asked = askedOf(inputs);
  if ("key" in asked) return { asked: { ...asked, or }, prefixes: [], owners: false };
  if (or.length === 0) return { asked, prefixes: [], owners: false };
  throw new UsageError('the input "restore-keys" belongs to a key, and none is given', {
    hint: "set key, or set or: of the directory cache in the config",
  });
}

/** What an action saves. Throws a usage error if the inputs contradict each other. */
export function askedToSave(inputs: AskedInputs): Asked {
  const asked = askedOf(inputs);
  if (!("key" in asked) || asked.paths.length > 0) return asked;
  throw new UsageError('the input "key" needs "path": the folders and files to save');
}

/** What an action is about: names of `dirs`, or a key and paths. */
function askedOf(inputs: AskedInputs): Asked {
  const names = namesOf(inputs, "names");
  const key = inputs.text("key");
  const paths = inputs.lines("path").map(pathOf);
  if (key !== undefined) {
    if (names.length === 0) return { key, or: [], paths };
    throw new UsageError("the inputs names and key cannot be used together", {
      hint: "use one step for the names, and one for the key",
    });
  }
  if (paths.length === 0) return { names };
  throw new UsageError('the input "path" belongs to a key, and none is given', {
    hint: "set key, or set paths: of the directory cache in the config",
  });
}

/** As a shell would expand it. Throws a usage error for a pattern, which actions/cache knows. */
function pathOf(path: string): SavedPath {
  if (/[*?[\]]|^!/.test(path)) {
    throw new UsageError(`the input "path" contains a pattern: ${path}`, {
      hint: "name files and folders; a folder is saved with all that is in it",
    });
  }
  return { name: path, file: resolve(path.replace(/^~(?=$|[\\/])/, () => homedir())) };
}
