import { randomUUID } from "node:crypto";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { BuildRequest } from "../../../buildkit/arguments.ts";
import type { Buildx } from "../../../buildkit/builder/buildx.ts";
import { type BuildOptions, runBuild } from "../../../buildkit/run-build.ts";
import { parseDockerfile } from "../../../dockerfile/parse/parse.ts";
import { systemCodeOf } from "../../../errors.ts";
import {
  helperContext,
  helperDockerfile,
  helperTarget,
  type MountFolders,
  type NumberedMount,
} from "./helper-dockerfile.ts";

export interface HelperBuild {
  readonly buildx: Buildx;
  /** The leg's own build. */
  readonly request: BuildRequest;
  readonly options: Pick<BuildOptions, "signal" | "mask">;
  readonly mounts: readonly NumberedMount[];
  readonly commandOf: (folders: MountFolders, token: string) => string;
  /** What mounts are filled with, by their numbers. */
  readonly content?: string;
  /** Where the results are written to, by the mounts' numbers. */
  readonly results?: string;
  readonly purpose: string;
}

/** Runs a step with cache mounts on the builder of a leg. */
export async function runHelper(helper: HelperBuild): Promise<void> {
  const { request, content, results } = helper;
  const token = randomUUID().slice(0, 18);
  const dockerfile = await writeDockerfile(helper, token);
  const { inputs } = request;
  const contexts = content === undefined ? {} : { [helperContext]: content };
  await runBuild(
    helper.buildx,
    {
      ...request,
      inputs: {
        ...inputs,
        dockerfile,
        target: helperTarget,
        contexts: { ...inputs.contexts, ...contexts },
        provenance: "false",
        sbomGenerator: undefined,
      },
      cacheFrom: [],
      cacheTo: [],
      noCache: false,
      output: results === undefined ? { type: "cacheonly" } : { type: "local", folder: results },
      metadataFile: join(dirname(dockerfile), "metadata.json"),
    },
    { ...helper.options, purpose: helper.purpose },
  );
}

/** Beside it are the files that the leg's own Dockerfile has beside it. */
async function writeDockerfile(
  { request, mounts, commandOf, content }: HelperBuild,
  token: string,
): Promise<string> {
  const original = request.inputs.dockerfile;
  const folder = join(dirname(original), token);
  await mkdir(folder);
  const path = join(folder, basename(original));
  const text = await readFile(original, "utf8");
  const parsed = { text, dockerfile: parseDockerfile(text, basename(original)) };
  const command = (folders: MountFolders): string => commandOf(folders, token);
  await writeFile(path, helperDockerfile(parsed, mounts, command, content !== undefined));
  for (const end of [".dockerignore", ".rego"]) {
    await copyFile(`${original}${end}`, `${path}${end}`).catch((error: unknown) => {
      if (systemCodeOf(error) !== "ENOENT") throw error;
    });
  }
  return path;
}
