import { posix } from "node:path";
import { knownText } from "../expressions/value.ts";
import type { Repository } from "../files/repository.ts";
import { remember } from "../remember.ts";
import type { ActionUse, JobRun } from "./pipeline.ts";

/** Where a job checks a repository out. */
export interface Checkout {
  readonly folder: string;
  /** The other repository that it is of. */
  readonly of: string | undefined;
}

/**
 * The path in the repository of a path in a job's working directory, by where the job checks the
 * repository out; empty for the root. If it cannot be told, why.
 */
export function placeInRepository(path: string, job: JobRun): string | { readonly why: string } {
  return placeAmong(path, checkoutsOf(job));
}

/** Where a job has repositories, as a text that is the same for jobs in which paths mean the same. */
export const checkoutsKey = remember((job: JobRun): string => JSON.stringify(checkoutsOf(job)));

/** The repository with the paths that files have in a job which checks it out so. */
export function repositoryIn(repository: Repository, checkouts: readonly Checkout[]): Repository {
  if (checkouts.every(({ folder, of }) => folder === "" && of === undefined)) return repository;
  const views = viewsOf(repository);
  const key = JSON.stringify(checkouts);
  const read = (path: string): ReturnType<Repository["read"]> => {
    const place = placeAmong(path, checkouts);
    return typeof place === "string" ? repository.read(place) : undefined;
  };
  const view = views.get(key) ?? { ...repository, read };
  views.set(key, view);
  return view;
}

const viewsOf = remember<Repository, Map<string, Repository>>(() => new Map());

/** What a step checks out; undefined if it does something else. */
export function checkoutOf(action: ActionUse | undefined): Checkout | undefined {
  if (action?.name !== "actions/checkout") return undefined;
  const other = action.inputs.get("repository")?.value.text ?? "";
  const isOwn = other === "" || /^\$\{\{ *github\.repository *\}\}$/.test(other);
  const folder = knownText(action.inputs.get("path")?.value) ?? "";
  return { folder: cleaned(folder), of: isOwn ? undefined : other };
}

const checkoutsOf = remember(({ steps }: JobRun): readonly Checkout[] =>
  steps.flatMap(({ action }) => checkoutOf(action) ?? []),
);

function placeAmong(
  path: string,
  checkouts: readonly Checkout[],
): string | { readonly why: string } {
  const wanted = cleaned(path);
  if (wanted.startsWith("../") || wanted.startsWith("/")) {
    return { why: `${path} is outside the repository` };
  }
  const [checkout] = checkouts
    .filter(({ folder }) => isWithin(wanted, folder))
    .sort((a, b) => b.folder.length - a.folder.length);
  if (checkout === undefined) return wanted;
  if (checkout.of !== undefined) return { why: `${path} is in the repository ${checkout.of}` };
  return wanted.slice(checkout.folder.length).replace(/^\//, "");
}

function isWithin(path: string, folder: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}

function cleaned(path: string): string {
  return posix
    .normalize(path)
    .replace(/^\.(?:\/|$)/, "")
    .replace(/\/+$/, "");
}
