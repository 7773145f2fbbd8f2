import * as v from "valibot";
import { key, list, listOrText, scalar, text, texts } from "./kinds.ts";
import { choice, mapping, waysOf } from "./shape.ts";
import { matrixListKeys } from "./matrix-schema.ts";

const size = "The expected size, such as 500MB.";

const goSchema = mapping({
  sums: key(listOrText, "Globs of the files that the cache key depends on. Default: **/go.sum."),
  size: key(text, `${size} Default: 1GB.`),
});

const homebrewSchema = mapping({
  formulas: key(list, "The formulas to install before the command runs."),
  cellar: key(
    list,
    "Formulas whose installation folder is also cached, and linked again in later runs.",
  ),
  size: key(text, `${size} Default: 500MB.`),
});

const versionSchema = mapping({
  file: v.pipe(text, v.description("The file that contains the version.")),
  pattern: v.pipe(
    text,
    v.description("A regular expression; its first group is the version, such as VERSION=(\\S+)."),
  ),
});

const ccacheSchema = mapping({
  version: key(versionSchema, "Where to read a version from. Each version has its own cache."),
  size: key(text, "The maximum size of the ccache cache. Default: 500MB."),
});

const pipSchema = mapping({
  requirements: key(
    listOrText,
    "Globs of the files that the cache key depends on. Default: **/requirements*.txt.",
  ),
  size: key(text, `${size} Default: 500MB.`),
});

/** The kinds of caches. */
const cacheKinds = ["go", "homebrew", "ccache", "pip"] as const;

const cacheMap = mapping({
  go: key(goSchema, "Go's modules and build cache."),
  homebrew: key(homebrewSchema, "Homebrew's downloads."),
  ccache: key(ccacheSchema, "ccache's folder."),
  pip: key(
    pipSchema,
    "Packages and wheels of pip and uv. Each refresh epoch starts with an empty cache.",
  ),
});

const artifactsSchema = mapping({
  path: v.pipe(text, v.description("The files to upload, such as *.tar.")),
});

/** `jobs`: commands that run in CI without BuildKit. */
export const jobSchema = mapping({
  ...matrixListKeys,
  name: key(text, "The name of each entry, such as {backend}. Default: the job's name."),
  runner: key(text, "The CI runner, such as macos-15."),
  inputs: key(
    list,
    'Globs of the files that an entry depends on, such as "go/{backend}/**". Pull requests that change none of these files skip the entry. Default: every file.',
  ),
  env: key(texts, "Environment variables."),
  caches: key(
    v.array(waysOf([choice(cacheKinds), cacheMap])),
    "What to cache between runs: go, homebrew, ccache, pip.",
  ),
  dirs: key(
    list,
    "Names of directory caches in dirs. They are restored before the command runs, and saved after it.",
  ),
  run: key(
    scalar,
    "Commands for bash. A value in {field} can contain letters, digits and . _ / : + = @ % -.",
  ),
  artifacts: key(artifactsSchema, "The files to upload as artifacts of the run."),
});

export type RawJob = v.InferOutput<typeof jobSchema>;
export type RawJobCache = v.InferOutput<typeof cacheMap>;
