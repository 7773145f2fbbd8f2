import { splitFragment } from "../../dockerfile/remote-source.ts";
import { complaintOf, type GitOptions, runGit } from "../../git/run-git.ts";
import { type ResolvePin, usedAsWritten } from "../../inputs/moving/pins.ts";

const timeoutMs = 30_000;

/**
 * Resolves the commit of a git source of ADD with `git ls-remote`; a full commit needs no look-up.
 * If a branch and a tag of the same name are different commits, it is not pinned. Without `git`,
 * nothing is resolved.
 */
export async function resolveGitSource(
  source: string,
  git: GitOptions | undefined,
): ReturnType<ResolvePin> {
  const { address, fragment } = splitFragment(source);
  // `ref:folder`
  const ref = fragment.split(":", 1)[0] ?? "";
  if (/^[0-9a-f]{40}$/.test(ref)) return { resolved: ref };
  if (address.includes("?")) return unpinned("its address has a query");
  if (git === undefined) return unpinned("untrusted runs do not resolve it");
  // Excludes an ssh that asks for a password, and protocols that run a command.
  const env = {
    ...git.env,
    GIT_SSH_COMMAND: git.env["GIT_SSH_COMMAND"] ?? "ssh -o BatchMode=yes",
    GIT_ALLOW_PROTOCOL: "https:http:git:ssh",
  };
  const result = await runGit(
    { ...git, env },
    ["ls-remote", "--quiet", "--", withScheme(address), ...patternsOf(ref)],
    timeoutMs,
  );
  if (result === undefined) return unpinned("git was not found");
  if (result.exitCode !== 0) return unpinned(complaintOf(result));
  const found = commitsOf(result.stdout, ref);
  if (found.size === 0) return unpinned(`the repository has no ${ref === "" ? "HEAD" : ref}`);
  const [commit, ...others] = found;
  if (commit === undefined || others.length > 0) {
    return unpinned(`${ref} is both a branch and a tag, at different commits`);
  }
  return { resolved: commit };
}

function patternsOf(ref: string): readonly string[] {
  return ref === "" ? ["HEAD"] : [ref, `${ref}^{}`, `refs/tags/${ref}^{}`];
}

/**
 * The commits that a ref may mean: an annotated tag is an object of its own, and `^{}` is its
 * commit.
 */
function commitsOf(listing: string, ref: string): ReadonlySet<string> {
  const ids = new Map(
    listing.split("\n").flatMap((line): [string, string][] => {
      const [id = "", name = ""] = line.split("\t");
      return id === "" ? [] : [[name, id]];
    }),
  );
  const wanted = ref === "" ? ["HEAD"] : [ref, `refs/heads/${ref}`, `refs/tags/${ref}`];
  return new Set(wanted.flatMap((name) => ids.get(`${name}^{}`) ?? ids.get(name) ?? []));
}

/** Only a build context may omit the protocol. */
function withScheme(address: string): string {
  return address.startsWith("github.com/") ? `https://${address}` : address;
}

function unpinned(why: string): Awaited<ReturnType<ResolvePin>> {
  return { resolved: null, note: `${why}${usedAsWritten}` };
}
