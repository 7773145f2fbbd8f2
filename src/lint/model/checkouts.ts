import { posix } from "node:path";
import { knownText } from "../expressions/value.ts";
import { remember } from "../remember.ts";
import type { JobRun } from "./pipeline.ts";

/**
 * The path in the repository of a path in a job's working directory, by where the job checks the
 * repository out; empty for the root. If it cannot be told, why.
 */
export function placeInRepository(path: string, job: JobRun): string | { readonly why: string } {
  const wanted = cleaned(path);
  if (wanted.startsWith("../") || wanted.startsWith("/")) {
    return { why: `${path} is outside the repository` };
  }
  const checkouts = checkoutsOf(job).filter(({ folder }) => isWithin(wanted, folder));
  const [checkout] = checkouts.sort((a, b) => b.folder.length - a.folder.length);
  if (checkout === undefined) return wanted;
  if (checkout.of !== undefined) return { why: `${path} is in the repository ${checkout.of}` };
  return wanted.slice(checkout.folder.length).replace(/^\//, "");
}

interface Checkout {
  readonly folder: string;
  /** The other repository that it is of. */
  readonly of: string | undefined;
}

/** Where a job has repositories, as a text that is the same for jobs in which paths mean the same. */
export const checkoutsKey = remember((job: JobRun): string => JSON.stringify(checkoutsOf(job)));

const checkoutsOf = remember(({ steps }: JobRun): readonly Checkout[] =>
  steps.flatMap(({ action }) => {
    if (action?.name !== "actions/checkout") return [];
    const other = action.inputs.get("repository")?.value.text ?? "";
    const isOwn = other === "" || /^\$\{\{ *github\.repository *\}\}$/.test(other);
    const folder = knownText(action.inputs.get("path")?.value) ?? "";
    return [{ folder: cleaned(folder), of: isOwn ? undefined : other }];
  }),
);

function isWithin(path: string, folder: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}

function cleaned(path: string): string {
  return posix
    .normalize(path)
    .replace(/^\.(?:\/|$)/, "")
    .replace(/\/+$/, "");
}
