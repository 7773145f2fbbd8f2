import type { Dockerfile, Instruction } from "../../../dockerfile/parse/dockerfile.ts";
import type { PlannedMount } from "../../../plan/plan.ts";

/** The target that a helper build builds. */
export const helperTarget = "layerkeep-mounts";
/** The named context with what is put into mounts. */
export const helperContext = "layerkeep-mounts-content";

/** A mount, and its number in a helper build. */
export interface NumberedMount {
  readonly number: number;
  readonly mount: PlannedMount;
}

/** The folders of a mount in a helper build's steps. */
export interface MountFolders {
  /** The mount itself. */
  readonly mount: string;
  /** What it is filled with: a folder of the helper's context. */
  readonly content: string;
  /** What the step writes here is the helper's result. */
  readonly result: string;
}

/**
 * A leg's own Dockerfile, with a step that has its cache mounts. The step runs in the image that
 * the mounts' own stages are built on, so that the mounts are the same for BuildKit, and no other
 * image is needed: it has `cp` and a shell, or the stages could hardly run anything.
 *
 * `commandOf` gives the shell commands for a mount. They must differ each time, or the step would be
 * cached.
 */
export function helperDockerfile(
  { text, dockerfile }: { readonly text: string; readonly dockerfile: Dockerfile },
  mounts: readonly NumberedMount[],
  commandOf: (folders: MountFolders) => string,
  hasContent: boolean,
): string {
  const stages = [...new Set(mounts.map(({ mount }) => mount.stage))];
  const steps = stages.flatMap((stage) => {
    const own = mounts.filter(({ mount }) => mount.stage === stage);
    const flags = [
      ...(hasContent ? [`--mount=type=bind,from=${helperContext},target=/layerkeep/content`] : []),
      ...own.map(mountFlag),
    ];
    const script = own.map((one) => commandOf(foldersOf(one.number))).join("\n");
    return [
      ...baseOf(stage, text, dockerfile),
      "USER 0:0",
      `RUN ${flags.join(" ")} ${JSON.stringify(["/bin/sh", "-c", `set -e\nmkdir -p ${results}\n${script}`])}`,
    ];
  });
  return [
    text,
    ...steps,
    `FROM scratch AS ${helperTarget}`,
    ...stages.map((stage) => `COPY --from=${helperTarget}-${stage} ${results}/ /`),
    "",
  ].join("\n");
}

const results = "/layerkeep/result";

function foldersOf(number: number): MountFolders {
  return {
    mount: `/layerkeep/mounts/${number}`,
    content: `/layerkeep/content/${number}`,
    result: `${results}/${number}`,
  };
}

/** The mount as its Dockerfile has it, but elsewhere: id, owner and mode name it. */
function mountFlag({ number, mount }: NumberedMount): string {
  const { id, sharing, uid, gid, mode } = mount;
  const fields = Object.entries({ id, sharing, uid, gid, mode }).flatMap(([key, value]) =>
    value === null ? [] : [`${key}=${value}`],
  );
  return `--mount=type=cache,${fields.join(",")},target=${foldersOf(number).mount}`;
}

/**
 * The lines of a stage with the image that another is built on. An empty image becomes one that
 * can run something by what precedes its first RUN.
 */
function baseOf(stage: number, text: string, { instructions }: Dockerfile): readonly string[] {
  const froms = instructions.flatMap((one, at) => (one.keyword === "FROM" ? [{ one, at }] : []));
  const from = froms[stage];
  if (from === undefined) throw new Error(`the Dockerfile has no stage ${stage}`);
  const image = from.one.rest.replace(/\s+as\s+\S+\s*$/i, "");
  const flags = from.one.flags.map(({ name, value }) => `--${name}=${value ?? ""} `).join("");
  const first = `FROM ${flags}${image} AS ${helperTarget}-${stage}`;
  if (image !== "scratch") return [first];
  return [first, ...linesBeforeRun(instructions.slice(from.at + 1), text)];
}

function linesBeforeRun(following: readonly Instruction[], text: string): readonly string[] {
  const end = following.findIndex(({ keyword }) => keyword === "RUN" || keyword === "FROM");
  const before = end < 0 ? following : following.slice(0, end);
  const lines = text.split("\n");
  return before.flatMap(({ line, endLine }) => lines.slice(line - 1, endLine));
}
