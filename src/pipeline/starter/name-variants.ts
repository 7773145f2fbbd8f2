import { posix } from "node:path";

/** Folders whose names say that images are made there, but not which. */
const plainFolders = new Set([
  ...[".", ".docker", "docker", "dockerfiles", "container", "containers", "images", "build"],
]);

/**
 * A name for each Dockerfile, valid in a tag and different from the others and from those that are
 * `taken`: its folder, as in `api` for `services/api/Dockerfile`; with more folders if two would
 * have the same. `top` is for a Dockerfile that no folder names.
 */
export function nameVariants(
  paths: readonly string[],
  top: string,
  taken: Iterable<string> = [],
): readonly string[] {
  const words = paths.map((path) => wordsOf(path, top));
  const lengths = words.map(({ least }) => least);
  for (;;) {
    const names = words.map(({ all }, index) => nameOf(all.slice(-(lengths[index] ?? 1))));
    const longer = words.flatMap(({ all }, index) => {
      const isTwice = names.filter((name) => name === names[index]).length > 1;
      return isTwice && (lengths[index] ?? 1) < all.length ? [index] : [];
    });
    if (longer.length === 0) return numbered(names, new Set(taken));
    for (const index of longer) lengths[index] = (lengths[index] ?? 1) + 1;
  }
}

/** What could name a Dockerfile, the best last, and how many of them are needed at least. */
function wordsOf(path: string, top: string): { all: readonly string[]; least: number } {
  const folders = posix.dirname(path).split("/");
  const named = folders.filter((folder) => !plainFolders.has(folder.toLowerCase()));
  const file = posix.basename(path);
  const own = /^(.+)\.(?:Dockerfile|Containerfile)$/i.exec(file)?.[1];
  const kind = /^(?:Dockerfile|Containerfile)\.(.+)$/i.exec(file)?.[1];
  const last = own ?? kind;
  const all = last === undefined || last === named.at(-1) ? named : [...named, last];
  if (all.length === 0) return { all: [top], least: 1 };
  // `api/Dockerfile.dev` is a kind of `api`; `images/api.Dockerfile` has its own name.
  return { all, least: kind === undefined ? 1 : Math.min(2, all.length) };
}

function nameOf(words: readonly string[]): string {
  const name = words.join("-").replace(/[^A-Za-z0-9._-]+/g, "-");
  return name.replace(/^[.-]+|[.-]+$/g, "").toLowerCase() || "app";
}

function numbered(names: readonly string[], taken: Set<string>): readonly string[] {
  return names.map((wanted) => {
    let name = wanted;
    for (let count = 2; taken.has(name) || (name !== wanted && names.includes(name)); count++)
      name = `${wanted}-${count}`;
    taken.add(name);
    return name;
  });
}
