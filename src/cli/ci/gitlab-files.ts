import { join, resolve } from "node:path";
import type { GeneratorInput } from "../../ci/gitlab/generator-input.ts";
import { generateChild, generatedMark, generateParent } from "../../ci/gitlab/generate.ts";
import { ownRegistry } from "../../ci/gitlab/logins.ts";
import { hasPreviews, scratchWithoutLogin } from "../../ci/untrusted-writes.ts";
import type { Config } from "../../config/config.ts";
import { UsageError } from "../../errors.ts";
import { digestOf } from "../../oci/digest.ts";
import { parsePlan } from "../../plan/parse-plan.ts";
import { version } from "../../version.ts";
import { type ConfigOptions, type Io, warn } from "../io.ts";
import { readPlanBytes } from "../run/plan/read-plan.ts";
import { commandLine } from "./command-line.ts";
import { openRepository } from "./open-repository.ts";
import type { Generated } from "./write-generated.ts";

interface GitlabOptions extends ConfigOptions {
  readonly output?: string;
  readonly image?: string;
  readonly service?: string;
  readonly stage?: string;
  readonly child?: boolean;
  readonly plan?: string;
  readonly stale?: boolean;
  readonly check?: boolean;
}

/** The pipeline of the config, or with `child` that of a plan, and where it belongs. */
export async function generateGitlabFile(options: GitlabOptions, io: Io): Promise<Generated> {
  refuseMixed(options);
  const { output, image = "docker:29-cli", service = "docker:29-dind", stage } = options;
  const { config, root, path, source } = await openRepository(options, io);
  const input: GeneratorInput = {
    ...{ config, path, version, vars: options.var },
    image: nameOf("--image", image),
    service: service === "none" ? undefined : nameOf("--service", service),
  };
  const text =
    options.plan === undefined
      ? generateParent({ ...input, source, stage: nameOf("--stage", stage ?? "build") })
      : await childOf(options.plan, input, options, io);
  if (options.child !== true) for (const warning of warningsOf(config)) warn(io, warning);
  return {
    mark: options.child === true ? "" : generatedMark,
    command: commandLine("layerkeep ci gitlab", options, {
      "--output": output,
      "--image": options.image,
      "--service": options.service,
      "--stage": stage,
    }),
    elsewhere: "--output",
    files: [
      {
        path: output === undefined ? join(root, ".gitlab-ci.yml") : resolve(io.cwd, output),
        text,
      },
    ],
  };
}

/** What the config has that pipelines cannot do. */
function warningsOf(config: Config): readonly string[] {
  const host = scratchWithoutLogin(config);
  // The job's token may write there.
  const isOwn = host === ownRegistry && config.cache.repository?.host === host;
  return [
    ...(config.jobs.length > 0
      ? ["the jobs in the config are ignored: GitLab pipelines do not support them yet"]
      : []),
    ...(hasPreviews(config) ? ["previews are not published by generated pipelines"] : []),
    ...(host === undefined || isOwn
      ? []
      : [
          `merge requests cannot write cache.scratch: set ci.logins.${host}.read, unless ${host} is the registry of your GitLab`,
        ]),
  ];
}

async function childOf(
  file: string,
  input: GeneratorInput,
  { stale }: Pick<GitlabOptions, "stale">,
  io: Io,
): Promise<string> {
  const bytes = await readPlanBytes(file, io);
  const parent = { pipeline: need("CI_PIPELINE_ID", io), job: need("CI_JOB_NAME", io) };
  return generateChild({
    ...input,
    plan: parsePlan(bytes.toString("utf8"), file),
    planDigest: digestOf(bytes),
    parent,
    moved: stale === true,
  });
}

function refuseMixed(options: GitlabOptions): void {
  const { child = false, plan, output, stale, check, stage } = options;
  if (!child) {
    const given = Object.entries({ plan, stale }).find(([, value]) => value !== undefined);
    if (given === undefined) return;
    throw new UsageError(`--${given[0]} needs --child`);
  }
  const missing = Object.entries({ plan, output }).find(([, value]) => value === undefined);
  if (missing !== undefined) throw new UsageError(`--child needs --${missing[0]}`);
  const given = Object.entries({ check, stage }).find(([, value]) => value !== undefined);
  if (given !== undefined) throw new UsageError(`--child cannot be used with --${given[0]}`);
}

/** A child pipeline takes the plan from the job that made it. */
function need(name: string, { env }: Pick<Io, "env">): string {
  const value = env[name] ?? "";
  if (value !== "") return value;
  throw new UsageError(`${name} is not set: --child works only in GitLab jobs`, {
    hint: "run `layerkeep ci gitlab` instead; the pipeline that it writes uses --child",
  });
}

function nameOf(flag: string, text: string): string {
  if (/^[^\s'"]{1,255}$/.test(text)) return text;
  throw new UsageError(`${flag} is "${text}"`, { hint: "use a name without spaces or quotes" });
}
