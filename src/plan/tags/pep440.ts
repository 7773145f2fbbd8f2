/** A version by PEP 440 (https://peps.python.org/pep-0440/). Numbers have no bound there. */
export interface Pep440 {
  /** Normalised: `1.2.3rc2`. */
  readonly version: string;
  readonly epoch: bigint;
  readonly release: readonly bigint[];
  readonly pre: readonly [letter: "a" | "b" | "rc", number: bigint] | undefined;
  readonly post: bigint | undefined;
  readonly dev: bigint | undefined;
  readonly local: readonly (bigint | string)[];
}

/** Parses a version in any spelling that the PEP normalises (`v1.2-beta_3`). */
export function parsePep440(text: string): Pep440 | undefined {
  const found = spelling.exec(text.trim())?.groups;
  if (found === undefined) return undefined;
  const { epoch, release = "", pre, preNumber, bare, post, postNumber, dev, devNumber } = found;
  const parts = {
    epoch: BigInt(epoch ?? 0),
    release: release.split(".").map(BigInt),
    pre: pre === undefined ? undefined : ([letterOf(pre), BigInt(preNumber ?? 0)] as const),
    post: post === undefined && bare === undefined ? undefined : BigInt(bare ?? postNumber ?? 0),
    dev: dev === undefined ? undefined : BigInt(devNumber ?? 0),
    local: (found["local"] ?? "")
      .split(/[-_.]/)
      .filter((part) => part !== "")
      .map((part) => (/^\d+$/.test(part) ? BigInt(part) : part.toLowerCase())),
  };
  return { version: normalForm(parts), ...parts };
}

/** Below zero if `a` is older than `b`: the order of the PEP's *Summary of permitted suffixes*. */
export function comparePep440(a: Pep440, b: Pep440): number {
  return (
    order(a.epoch, b.epoch) ||
    compareLists(withoutZeros(a.release), withoutZeros(b.release), order) ||
    compareLists(suffixesOf(a), suffixesOf(b), order) ||
    compareLists(a.local, b.local, compareLocal)
  );
}

/** The PEP's appendix B, with what follows a version checked by its end. */
const spelling = new RegExp(
  [
    String.raw`^v?(?:(?<epoch>\d+)!)?(?<release>\d+(?:\.\d+)*)`,
    String.raw`(?:[-_.]?(?<pre>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?<preNumber>\d+)?)?`,
    String.raw`(?:-(?<bare>\d+)|[-_.]?(?<post>post|rev|r)[-_.]?(?<postNumber>\d+)?)?`,
    String.raw`(?:[-_.]?(?<dev>dev)[-_.]?(?<devNumber>\d+)?)?`,
    String.raw`(?:\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?$`,
  ].join(""),
  "i",
);

function letterOf(word: string): "a" | "b" | "rc" {
  const [first] = word.toLowerCase();
  return first === "a" || first === "b" ? first : "rc";
}

function normalForm({ epoch, release, pre, post, dev, local }: Omit<Pep440, "version">): string {
  return [
    epoch === 0n ? "" : `${String(epoch)}!`,
    release.join("."),
    pre === undefined ? "" : `${pre[0]}${String(pre[1])}`,
    post === undefined ? "" : `.post${String(post)}`,
    dev === undefined ? "" : `.dev${String(dev)}`,
    local.length === 0 ? "" : `+${local.join(".")}`,
  ].join("");
}

/** 1.0 and 1 are the same release. */
function withoutZeros(release: readonly bigint[]): readonly bigint[] {
  return release.slice(0, release.findLastIndex((part) => part !== 0n) + 1);
}

/**
 * What comes after the release, as numbers: dev before a, a before b, b before rc, rc before the
 * release itself, and that before post. A dev of any of these comes before it.
 */
function suffixesOf({ pre, post, dev }: Pep440): readonly bigint[] {
  const devOnly = pre === undefined && post === undefined && dev !== undefined;
  const [phase, number] =
    pre === undefined ? [devOnly ? 0n : 4n, 0n] : [{ a: 1n, b: 2n, rc: 3n }[pre[0]], pre[1]];
  return [phase, number, post ?? -1n, dev === undefined ? 1n : 0n, dev ?? 0n];
}

/** A number is newer than a word. */
function compareLocal(a: bigint | string, b: bigint | string): number {
  if (typeof a === typeof b) return order(a, b);
  return typeof a === "bigint" ? 1 : -1;
}

/** Of two lists, one of which begins with the other, the longer is newer. */
function compareLists<T>(
  a: readonly T[],
  b: readonly T[],
  compare: (a: T, b: T) => number,
): number {
  for (const [index, mine] of a.entries()) {
    const theirs = b[index];
    if (theirs === undefined) return 1;
    const difference = compare(mine, theirs);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function order<T extends bigint | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
