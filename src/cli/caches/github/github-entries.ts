import { ActionsCaches } from "../../../cache/github/actions-caches.ts";
import { type JudgedEntry, judgeEntries } from "../../../cache/github/judge-entries.ts";
import { UsageError } from "../../../errors.ts";
import { createLimit } from "../../../registry/transport/pace/limit.ts";
import { createTransport } from "../../../registry/transport/create-transport.ts";
import type { GlobalOptions, Io } from "../../io.ts";
import { clientOptions } from "../../client-options.ts";
import type { github } from "../../program/flag-groups.ts";
import type { OptionsOf } from "../../program/flags.ts";

export type GithubEntriesOptions = GlobalOptions & OptionsOf<typeof github>;

/** A repository's entries in GitHub's cache service, by its REST API. */
export interface GithubEntries extends Disposable {
  readonly repository: string;
  readonly caches: ActionsCaches;
  /** All entries, and those of their refs that still exist. */
  read(): Promise<{ readonly entries: readonly JudgedEntry[]; readonly live: ReadonlySet<string> }>;
}

const refsAtOnce = 8;

/** Throws a usage error if the repository or the token is not known. */
export function openGithubEntries({ repo }: GithubEntriesOptions, io: Io): GithubEntries {
  const { env, signal } = io;
  const repository = repo ?? env["GITHUB_REPOSITORY"] ?? "";
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) {
    throw new UsageError(
      repository === ""
        ? "no GitHub repository given"
        : `"${repository}" is not a GitHub repository`,
      { hint: "pass --repo OWNER/NAME, or set GITHUB_REPOSITORY" },
    );
  }
  const token = env["GITHUB_TOKEN"] ?? env["GH_TOKEN"] ?? "";
  if (token === "") {
    throw new UsageError("the GitHub API needs a token", {
      hint: "set GH_TOKEN, or GITHUB_TOKEN in a job with `permissions: { actions: write }`",
    });
  }
  const transport = createTransport(
    clientOptions(io, { insecure: [], credentials: [] }, undefined),
  );
  const apiUrl = env["GITHUB_API_URL"] === "" ? undefined : env["GITHUB_API_URL"];
  const caches = new ActionsCaches({ transport, repository, token, apiUrl }, signal);
  return {
    repository,
    caches,
    async read() {
      const entries = await caches.list();
      const refs = [...new Set(entries.map(({ ref }) => ref))];
      const limit = createLimit(refsAtOnce);
      const found = await Promise.all(
        refs.map((ref) => limit(async () => ((await caches.isLive(ref)) ? [ref] : []))),
      );
      const live = new Set(found.flat());
      return { entries: judgeEntries(entries, live), live };
    },
    [Symbol.dispose]: () => transport.close(),
  };
}
