import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { generatedMark } from "../../ci/github/generate.ts";
import { generatedMark as generatedPipelineMark } from "../../ci/gitlab/generate.ts";
import { systemCodeOf } from "../../errors.ts";

/**
 * The workflows of a repository that people wrote and whose text mentions a build of an image,
 * relative to its root, sorted.
 */
export async function findBuildWorkflows(root: string): Promise<readonly string[]> {
  const folder = ".github/workflows";
  const names = await namesIn(join(root, folder));
  const read = names
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map(async (name) => {
      const text = await readFile(join(root, folder, name), "utf8");
      return !text.startsWith(generatedMark) && builds.test(text) ? [`${folder}/${name}`] : [];
    });
  return (await Promise.all(read)).flat();
}

/** The pipeline of a repository that people wrote and whose text mentions a build of an image. */
export async function findBuildPipeline(root: string): Promise<readonly string[]> {
  const name = ".gitlab-ci.yml";
  if (!existsSync(join(root, name))) return [];
  const text = await readFile(join(root, name), "utf8");
  return !text.startsWith(generatedPipelineMark) && builds.test(text) ? [name] : [];
}

/** A workflow that calls another one, or an action of the repository, may build, too. */
const builds =
  /\/(?:build-push|bake)-action|\b(?:docker|podman|buildah)\b[^\n]*\b(?:build|bake|imagetools)\b|\bkaniko\b|uses:\s*["']?(?:\.\/|[\w./-]+\/\.github\/workflows\/)/;

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT" || systemCodeOf(error) === "ENOTDIR") return [];
    throw error;
  }
}
