import { count } from "../../../count.ts";
import { type Problem, UsageError } from "../../../errors.ts";

/** Above this cost, one login takes seconds of CPU time and little else is served meanwhile. */
const highestCost = 14;
const longestName = 255;
/** How many problems are reported; in a file of another kind every line is wrong. */
const mostProblems = 10;
const bcryptHash = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

/**
 * The bcrypt hashes of a password file by user. `htpasswd -B` writes such files: one `name:hash`
 * per line; blank lines and lines that begin with `#` are ignored. Throws one usage error with the
 * numbers of the bad lines, up to ten of them. Their text is not quoted, since it may be a
 * password.
 */
export function parseHtpasswd(text: string, file: string): ReadonlyMap<string, string> {
  const hashes = new Map<string, string>();
  const lines = new Map<string, number>();
  const problems: Problem[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const line = index + 1;
    const entry = raw.trim();
    if (entry === "" || entry.startsWith("#")) continue;
    const colon = entry.indexOf(":");
    const name = entry.slice(0, Math.max(colon, 0));
    const hash = entry.slice(colon + 1);
    const first = lines.get(name);
    const problem =
      nameProblem(colon, name) ??
      hashProblem(name, hash, file) ??
      (first === undefined ? undefined : { message: `"${name}" is already on line ${first}` });
    if (problem !== undefined) problems.push({ file, line, ...problem });
    lines.set(name, first ?? line);
    hashes.set(name, hash);
  }
  const more = problems.length - mostProblems;
  if (more > 0)
    problems.splice(mostProblems, more, { file, message: `and ${count(more, "more line")}` });
  if (problems.length > 0) throw new UsageError(problems);
  return hashes;
}

function nameProblem(colon: number, name: string): Problem | undefined {
  if (colon < 0) return { message: "not a name:hash pair", hint: "add users with htpasswd -B" };
  if (name === "") return { message: "no name before the colon" };
  if (name.length > longestName)
    return { message: `a name can be at most ${longestName} characters long` };
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) {
    return { message: "the name contains control characters" };
  }
  return undefined;
}

function hashProblem(name: string, hash: string, file: string): Problem | undefined {
  const hint = `set the password with htpasswd -B ${file} ${name}`;
  const cost = bcryptHash.exec(hash)?.[1];
  if (cost === undefined) {
    return { message: `the password of "${name}" is ${kindOf(hash)}, not a bcrypt hash`, hint };
  }
  const number = Number(cost);
  if (number >= 4 && number <= highestCost) return undefined;
  return {
    message: `the bcrypt hash of "${name}" has a cost of ${number}; the registry accepts 4 to ${highestCost}`,
    hint,
  };
}

function kindOf(hash: string): string {
  if (hash === "") return "empty";
  if (hash.startsWith("$apr1$") || hash.startsWith("$1$")) return "an MD5 hash";
  if (hash.startsWith("{SHA}")) return "a SHA-1 hash";
  if (hash.startsWith("$5$")) return "a SHA-256 hash";
  if (hash.startsWith("$6$")) return "a SHA-512 hash";
  if (hash.startsWith("$2")) return "truncated or damaged";
  return "plain text or an old crypt hash";
}
