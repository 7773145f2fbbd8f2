import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeScratchFolder, type ScratchFolder } from "../../test/support/scratch-repository.ts";
import { findAffected } from "./find-affected.ts";

// Random graphs of variants are committed, random files of them changed, and the legs that are
// found compared with a model that follows the graph. Not generated: build arguments, contexts that
// are no variants, stages between, changes of the config, changes that undo each other.

const both = ["amd64", "arm64"] as const;
type Arch = (typeof both)[number];

/** A context of a variant that is an earlier variant. */
interface Link {
  readonly to: number;
  readonly by: "FROM" | "COPY" | "RUN" | "nothing";
  /** The platform that the context names. */
  readonly named: Arch | undefined;
}

interface Made {
  readonly archs: readonly Arch[];
  readonly links: readonly Link[];
  /** Whether what is built on it copies a file named `trigger`. */
  readonly onbuild: boolean;
}

interface Change {
  readonly variant: number;
  readonly file: string;
}

/** Parents have the platforms that are asked of them, and FROM is the first link. */
const graphs = fc
  .array(
    fc.record({
      archs: fc.constantFrom<readonly Arch[]>(both, both, ["amd64"], ["arm64", "amd64"]),
      links: fc.array(
        fc.record({
          to: fc.nat(),
          by: fc.constantFrom("FROM", "FROM", "COPY", "RUN", "nothing"),
          named: fc.constantFrom<Arch | undefined>(undefined, undefined, ...both),
        }),
        { maxLength: 3 },
      ),
      onbuild: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((rows) =>
    rows.map(({ archs, links, onbuild }, at): Made => {
      const placed = links.flatMap(({ to, by, named }, number): Link[] => {
        if (at === 0) return [];
        const has = rows[to % at]?.archs ?? [];
        const isMissing = !(named === undefined ? archs : [named]).every((one) =>
          has.includes(one),
        );
        return [
          {
            to: to % at,
            by: by === "FROM" && number > 0 ? "COPY" : by,
            named: isMissing ? "amd64" : named,
          },
        ];
      });
      return { archs, links: placed, onbuild };
    }),
  );

const changes = fc.uniqueArray(
  fc.record({
    variant: fc.nat(),
    file: fc.constantFrom("Dockerfile", "common", ...both, "trigger", "unread"),
  }),
  { maxLength: 2 },
);

let scratch: ScratchFolder;
beforeAll(() => {
  scratch = makeScratchFolder();
  scratch.init("app");
});
afterAll(() => scratch[Symbol.dispose]());

it("finds the legs that a change touches, and all that is built on them", async () => {
  await fc.assert(
    fc.asyncProperty(graphs, fc.boolean(), changes, async (made, backwards, drawn) => {
      const changed = drawn.map(({ variant, file }) => ({ variant: variant % made.length, file }));
      rmSync(join(scratch.path, "app/src"), { recursive: true, force: true });
      write("layerkeep.yml", configOf(made, backwards));
      for (const [at, one] of made.entries()) {
        write(`src/v${at}/Dockerfile`, dockerfileOf(one));
        for (const file of ["common", ...both, "trigger", "unread"]) {
          write(`src/v${at}/${file}`, "before");
        }
      }
      scratch.git("app", "add", "--all");
      scratch.git("app", "commit", "-q", "--allow-empty", "-m", "x");
      const base = scratch.git("app", "rev-parse", "HEAD");
      for (const { variant, file } of changed) {
        const one = made[variant];
        const isText = file === "Dockerfile" && one !== undefined;
        write(`src/v${variant}/${file}`, isText ? `${dockerfileOf(one)}USER 1\n` : "after");
      }

      const found = await findAffected(scratch.options("app"), {
        file: join(scratch.path, "app/layerkeep.yml"),
        vars: {},
        now: new Date(0),
        facts: { root: join(scratch.path, "app"), head: base, shallow: false },
        ...{ base, head: undefined, mergeBase: false },
        trustLevel: () => Promise.resolve("local"),
      });
      const ids = idsOf(made, backwards);
      const expected = modelOf(made, changed);
      expect(found.legs.map(({ id }) => id)).toEqual(ids.filter((id) => expected.has(id)));
      expect(found.unaffected).toEqual(ids.filter((id) => !expected.has(id)));
      for (const { id, reason } of found.legs) {
        expect(reason).toMatch(expected.get(id) === "own" ? /^changed: / : /^built on v\d+\//);
      }
    }),
    { numRuns: 40 },
  );
});

function write(path: string, text: string): void {
  const file = join(scratch.path, "app", path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function ordered(made: readonly Made[], backwards: boolean): readonly (readonly [number, Made])[] {
  const all = [...made.entries()];
  return backwards ? all.reverse() : all;
}

function idsOf(made: readonly Made[], backwards: boolean): readonly string[] {
  return ordered(made, backwards).flatMap(([at, { archs }]) =>
    archs.map((arch) => `v${at}/linux/${arch}`),
  );
}

function configOf(made: readonly Made[], backwards: boolean): string {
  const variants = ordered(made, backwards).map(([at, { archs, links }]) => {
    const contexts = links.map(({ to, named }, number) => [
      `on${number}`,
      `variant:v${to}${named === undefined ? "" : `/linux/${named}`}`,
    ]);
    const keys = {
      context: `src/v${at}`,
      platforms: archs.map((arch) => `linux/${arch}`),
      contexts: Object.fromEntries(contexts) as unknown,
    };
    return `  v${at}: ${JSON.stringify(keys)}\n`;
  });
  return `cache: ghcr.io/acme/cache\nvariants:\n${variants.join("")}`;
}

function dockerfileOf({ links, onbuild }: Made): string {
  const [first] = links;
  const platform = first?.named === undefined ? "" : `--platform=linux/${first.named} `;
  const lines = [
    first?.by === "FROM" ? `FROM ${platform}on0` : "FROM scratch",
    "ARG TARGETARCH",
    "COPY common $TARGETARCH /",
    ...(onbuild ? ["ONBUILD COPY trigger /"] : []),
    ...links.flatMap(({ by }, number) => {
      if (by === "COPY") return [`COPY --from=on${number} /common /${number}`];
      return by === "RUN" ? [`RUN --mount=from=on${number},target=/on true`] : [];
    }),
  ];
  return `${lines.join("\n")}\n`;
}

/** The affected legs, by whether their own files changed or only what they are built on. */
function modelOf(
  made: readonly Made[],
  changed: readonly Change[],
): ReadonlyMap<string, "own" | "parent"> {
  const found = new Map<string, "own" | "parent">();
  for (const [at, { archs, links }] of made.entries()) {
    const read = links.filter(({ by }) => by !== "nothing");
    const runsTrigger = read.some(({ by, to }) => by === "FROM" && made[to]?.onbuild === true);
    for (const arch of archs) {
      const files = ["Dockerfile", "common", arch, ...(runsTrigger ? ["trigger"] : [])];
      const isOwn = changed.some(({ variant, file }) => variant === at && files.includes(file));
      const parents = read.map(({ to, named }) => `v${to}/linux/${named ?? arch}`);
      if (isOwn) found.set(`v${at}/linux/${arch}`, "own");
      else if (parents.some((id) => found.has(id))) found.set(`v${at}/linux/${arch}`, "parent");
    }
  }
  return found;
}
