import { complaintOf, type GitOptions, runGit } from "../git/run-git.ts";
import type { ResolvePin } from "../plan/pins.ts";

const timeoutMs = 30_000;

/**
 * The commit that a git source of ADD names now, by `git ls-remote`; a full commit needs none.
 * Where a branch and a tag have the same name both commits are given, since it hangs on the
 * engine which it takes. Without `git`, nothing is asked.
 */
export async function resolveGitSource(
  source: string,
  git: GitOptions | undefined,
): ReturnType<ResolvePin> {
  const [address = "", fragment = ""] = source.split("#", 2);
  // `ref:folder`
  const ref = fragment.split(":", 1)[0] ?? "";
  if (/^[0-9a-f]{40}$/.test(ref)) return { resolved: ref };
  if (address.includes("?")) return unpinned("its address has a query");
  if (git === undefined) return unpinned("it is asked for in a trusted or local context only");
  const wanted = ref === "" ? ["HEAD"] : [ref, `refs/heads/${ref}`, `refs/tags/${ref}`];
  // An ssh that asks for a password, or a protocol that runs a command, is not what is meant.
  const env = {
    ...git.env,
    GIT_SSH_COMMAND: git.env["GIT_SSH_COMMAND"] ?? "ssh -o BatchMode=yes",
    GIT_ALLOW_PROTOCOL: "https:http:git:ssh",
  };
  const result = await runGit(
    { ...git, env },
    ["ls-remote", "--quiet", "--", address, ref === "" ? "HEAD" : ref, `refs/tags/${ref}^{}`],
    timeoutMs,
  );
  if (result === undefined) return unpinned("there is no git");
  if (result.exitCode !== 0) return unpinned(complaintOf(result));
  const found = result.stdout.split("\n").flatMap((line) => {
    const [commit = "", name = ""] = line.split("\t");
    return wanted.includes(name.replace(/\^\{\}$/, "")) && commit !== "" ? [commit] : [];
  });
  if (found.length === 0) return unpinned(`it has no ${ref === "" ? "HEAD" : ref}`);
  return { resolved: [...new Set(found)].sort().join(",") };
}

function unpinned(why: string): Awaited<ReturnType<ResolvePin>> {
  return { resolved: null, note: `${why}; the engine gets it as written` };
}
