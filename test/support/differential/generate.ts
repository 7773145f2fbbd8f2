import type { CaseChange, CaseEntry, DifferentialCase } from "./case.ts";
import { Random } from "./random.ts";

/** Images that cases are built on: what they bring is in `base-images.ts`. */
export interface CaseBases {
  /** With a shell. */
  readonly busybox: string;
  /** With variables and triggers. */
  readonly others: readonly string[];
}

/** The cases of a seed, the same ones every time. */
export function generateCases(
  seed: number,
  count: number,
  bases: CaseBases,
): readonly DifferentialCase[] {
  return Array.from({ length: count }, (_, at) => {
    // A case of its own seed can be run again alone.
    const random = new Random(Math.imul(seed, 1_000_003) + at);
    return generateCase(`seed ${seed}, case ${at}`, random, bases);
  });
}

const folders = ["src", "lib", "docs", "a", "b", "src.d", "Src"];
const files = ["main.c", "x.md", "keep.c", ".hidden", "f", "g1", "Ünï", "a-b.txt", "arr[0].txt"];
const modes = [0o644, 0o644, 0o644, 0o755, 0o600, 0o664];

function generateCase(name: string, random: Random, bases: CaseBases): DifferentialCase {
  const entries = [...generateTree("ctx", random), ...generateTree("other", random)];
  const ignore = random.chance(0.35) ? generateIgnore(random) : undefined;
  return {
    name,
    entries,
    ignore: ignore === undefined ? undefined : { text: ignore, beside: random.chance(0.3) },
    ...generateDockerfile(random, entries, bases),
    change: generateChange(random, entries),
  };
}

function generateTree(root: string, random: Random): readonly CaseEntry[] {
  const entries = new Map<string, CaseEntry>();
  const dirs = [root];
  const add = (entry: CaseEntry): void => {
    if (!entries.has(entry.path)) entries.set(entry.path, entry);
  };
  for (let count = 1 + random.below(3); count > 0; count--) {
    const parent = random.pick(dirs);
    const path = `${parent}/${random.pick(folders)}`;
    if (entries.has(path) || path.split("/").length > 5) continue;
    dirs.push(path);
    add({ path, kind: "dir", text: "", mode: random.chance(0.9) ? 0o755 : 0o700 });
  }
  for (let count = 2 + random.below(6); count > 0; count--) {
    const path = `${random.pick(dirs)}/${random.pick(files)}`;
    add({ path, kind: "file", text: path, mode: random.pick(modes) });
  }
  if (random.chance(0.35)) {
    const targets = [...entries.keys()].map((path) => path.slice(root.length));
    const at = random.pick(dirs);
    const depth = at.split("/").length - 1;
    const target = random.pick(targets);
    const relative = `${"../".repeat(depth)}${target.slice(1)}`;
    const text = random.pick([target, relative, relative, target, relative, "nowhere"]);
    add({ path: `${at}/${random.pick(["link", "l.c", "s-link"])}`, kind: "link", text, mode: 0 });
  }
  return [...entries.values()];
}

const ignoreLines = [
  "*.md",
  "**/*.md",
  "src",
  "docs/",
  "*",
  "!src",
  "!lib/**",
  "!**/keep.c",
  "**/f",
  "a*",
  "/lib",
  "!*.c",
  "**/.hidden",
  "s?c",
  "# comment",
  "!docs/x.md",
];

function generateIgnore(random: Random): string {
  const lines = Array.from({ length: 1 + random.below(3) }, () => random.pick(ignoreLines));
  return `${lines.join("\n")}\n`;
}

function generateDockerfile(
  random: Random,
  entries: readonly CaseEntry[],
  bases: CaseBases,
): Pick<DifferentialCase, "dockerfile" | "args"> {
  const args: Record<string, string> = {};
  const lines: string[] = random.chance(0.2) ? ["ARG BASE=scratch"] : [];
  const stages = 1 + random.below(3);
  const byArg = lines.length > 0;
  for (let stage = 0; stage < stages; stage++) {
    const runs = random.chance(0.08);
    const from = runs
      ? bases.busybox
      : stage > 0 && random.chance(0.3)
        ? `s${random.below(stage)}`
        : random.chance(0.12) && bases.others.length > 0
          ? random.pick(bases.others)
          : byArg && stage === 0
            ? "${BASE}"
            : "scratch";
    lines.push(`FROM ${from} AS s${stage}`);
    if (random.chance(0.1)) lines.push(`ONBUILD COPY ${sourceOf(random, entries, "ctx")} /@ID@/o/`);
    if (random.chance(0.3)) lines.push(...variables(random, args));
    for (let count = 1 + random.below(3); count > 0; count--) {
      lines.push(instruction(random, entries, `/@ID@/${stage}.${count}/`, stage, runs));
    }
  }
  return { dockerfile: `${lines.join("\n")}\n`, args };
}

const values = ["src", "lib", "docs", "a", "x", "main.c"];

function variables(random: Random, args: Record<string, string>): readonly string[] {
  if (random.chance(0.5)) args["D"] = random.pick(values);
  return [
    random.pick([`ARG D=${random.pick(values)}`, "ARG D", `ENV D=${random.pick(values)}`]),
    ...(random.chance(0.3) ? [`ENV E=\${D:-src}/`] : []),
  ];
}

function instruction(
  random: Random,
  entries: readonly CaseEntry[],
  to: string,
  stage: number,
  runs: boolean,
): string {
  if (runs && random.chance(0.5)) {
    const source = fixedSource(random, entries, "ctx");
    const from = random.chance(0.2) ? `from=other,` : "";
    const path = from === "" ? source : fixedSource(random, entries, "other");
    return `RUN --mount=type=bind,${from}source=${path},target=/m : @ID@ ${to}`;
  }
  if (random.chance(0.06)) return `COPY <<EOF ${to}h\ntext of @ID@\nEOF`;
  if (stage > 0 && random.chance(0.2)) return `COPY --from=${random.below(stage)} / ${to}`;
  const other = random.chance(0.12);
  const root = other ? "other" : "ctx";
  const keyword = random.chance(0.85) || other ? "COPY" : "ADD";
  const flags = [
    ...(other ? ["--from=other"] : []),
    ...(random.chance(0.2) ? [`--exclude=${random.pick(excludes)}`] : []),
    ...(random.chance(0.05) ? [`--exclude=${random.pick(excludes)}`] : []),
    ...(random.chance(0.1) ? ["--link"] : []),
    ...(random.chance(0.05) ? ["--chmod=755"] : []),
  ];
  const sources = Array.from({ length: random.chance(0.8) ? 1 : 2 }, () =>
    sourceOf(random, entries, root),
  );
  const words = [...sources, to];
  if (random.chance(0.08)) return [keyword, ...flags, JSON.stringify(words)].join(" ");
  return [keyword, ...flags, ...words].join(" ");
}

const excludes = [
  "*.md",
  "**/*.c",
  "src",
  "lib/*",
  "f",
  "**/f",
  "!keep.c",
  "x*",
  "/a",
  "**",
  "*.c/",
];
const wildcards = [
  "*.c",
  "*.md",
  "s*",
  "src/*",
  "*/f",
  "*/*.c",
  "[a-l]*",
  "[^s]*",
  "?rc",
  "lib*",
  "*",
  "*/*",
  "arr[[]0].txt",
  "\\\\*.c",
];
const expanded = ["$D*", "${D:-src}*", "${E%/}*", "${D:+lib*}", "${D#s}*", "${D/s/}*", "./$D*"];

function sourceOf(random: Random, entries: readonly CaseEntry[], root: string): string {
  const roll = random.next();
  if (roll < 0.25) return random.pick(wildcards);
  if (roll < 0.33) return random.pick(expanded);
  return fixedSource(random, entries, root);
}

function fixedSource(random: Random, entries: readonly CaseEntry[], root: string): string {
  if (random.chance(0.08)) return random.pick([".", "/", "./"]);
  const own = entries.filter(({ path }) => path.startsWith(`${root}/`));
  const { path } = random.pick(own);
  const inner = path.slice(root.length + 1).replace("[", "[[]");
  return random.pick([inner, inner, inner, `/${inner}`, `./${inner}`, `../${inner}`, `${inner}/`]);
}

function generateChange(random: Random, entries: readonly CaseEntry[]): CaseChange {
  const root = random.chance(0.85) ? "ctx/" : "other/";
  const own = entries.filter(({ path }) => path.startsWith(root));
  const entry = random.pick(own);
  const { path, kind, mode } = entry;
  const roll = random.next();
  const inFolder = `${path.slice(0, path.lastIndexOf("/") + 1)}${random.pick(["new", "new.c", "new.md", "src", "f"])}`;
  if (roll < 0.2 && !entries.some((one) => one.path === inFolder)) {
    return { kind: "add", path: inFolder, text: "new" };
  }
  if (kind === "link") return { kind: "link", path, text: random.pick(["/src", "main.c", "../x"]) };
  if (roll < 0.35) return { kind: "mode", path, mode: mode === 0o755 ? 0o711 : 0o755 };
  if (roll < 0.45) return { kind: "rename", path, to: `${path}.c` };
  if (roll < 0.55) return { kind: "delete", path };
  if (kind === "dir") return { kind: "add", path: `${path}/new.c`, text: "new" };
  return { kind: "content", path, text: "" };
}
