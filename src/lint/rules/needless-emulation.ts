import { type HostedRunner, hostedRunner } from "../github/jobs/runner-labels.ts";
import { hostedByGitlab } from "../gitlab/runner-tags.ts";
import { knownText } from "../expressions/value.ts";
import { buildsIn, type Placed } from "../model/builds.ts";
import type { Field } from "../model/field.ts";
import type { Build } from "../model/operation.ts";
import type { JobRun, Pipeline } from "../model/pipeline.ts";
import { UsageError } from "../../errors.ts";
import { parsePlatform, type Platform } from "../../oci/platform.ts";
import type { Confidence } from "../finding.ts";
import type { Rule } from "../rule.ts";
import { runsOnTarget } from "./support/images/runs-on-target.ts";
import { stagesOf } from "./support/images/stages-of.ts";

export const needlessEmulation: Rule = {
  id: "needless-emulation",
  severity: "warning",
  summary: "a platform is emulated although native runners are available",
  why: "QEMU emulates every command in software, which can be much slower, especially for compilers. A runner with the right architecture needs no emulation.",
  check: (pipeline, { find }) => {
    for (const scenario of pipeline.scenarios) {
      for (const placed of buildsIn(pipeline, scenario)) {
        const runner = runnerOf(placed.job);
        const labels = pipeline.workflow === undefined ? gitlabLabels : githubLabels;
        if (runner === undefined || buildsElsewhere(placed.job)) continue;
        for (const field of placed.operation.platforms) {
          const platform = platformOf(field);
          const native = platform === undefined ? undefined : nativeLabel(platform, runner, labels);
          if (platform === undefined || native === undefined) continue;
          const confidence = confidenceOf(placed, platform, runner, pipeline);
          if (confidence === undefined) continue;
          find({
            span: field.span,
            message: `${field.value.text} is emulated here, but the runner ${native} would build it natively`,
            confidence,
          });
        }
      }
    }
  },
};

function runnerOf({ runner }: JobRun): HostedRunner | undefined {
  const [label, ...others] = runner;
  const known = others.length > 0 ? undefined : knownText(label);
  const found = known === undefined ? undefined : (hostedRunner(known) ?? hostedByGitlab(known));
  return found?.os === "linux" ? found : undefined;
}

/** Whether the builder may have machines of its own. */
function buildsElsewhere({ steps }: JobRun): boolean {
  return steps.some(({ action, script }) => {
    if (elsewhere.test(script?.value.text ?? "")) return true;
    if (action?.name.startsWith("depot/") === true) return true;
    if (action?.name !== "docker/setup-buildx-action") return false;
    const driver = action.inputs.get("driver")?.value.text ?? "";
    const hasNodes = ["endpoint", "append"].some((name) => action.inputs.has(name));
    return hasNodes || !/^(?:|docker|docker-container)$/.test(driver);
  });
}

/** A builder of `docker buildx create`, or a Docker context, that is not on this machine. */
const elsewhere =
  /\bbuildx +create\b.*(?:--driver[= ]+(?:remote|kubernetes|cloud)|--append|tcp:\/\/|ssh:\/\/)|\bDOCKER_HOST=|\bcontext +(?:create|use)\b/s;

function platformOf({ value }: Field): Platform | undefined {
  const text = knownText(value);
  if (text === undefined) return undefined;
  try {
    return parsePlatform(text);
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

type Labels = Readonly<Record<string, string>>;

const githubLabels: Labels = { arm64: "ubuntu-24.04-arm", amd64: "ubuntu-24.04" };
const gitlabLabels: Labels = { arm64: "saas-linux-small-arm64", amd64: "saas-linux-small-amd64" };

/** The label of a runner with this architecture; undefined if the build's own has it, or none. */
function nativeLabel(
  { os, architecture }: Platform,
  runner: HostedRunner,
  labels: Labels,
): string | undefined {
  return os === "linux" && architecture !== runner.architecture ? labels[architecture] : undefined;
}

/** Undefined if the Dockerfile runs nothing on that platform: it compiles for it. */
function confidenceOf(
  placed: Placed<Build>,
  platform: Platform,
  { os, architecture }: HostedRunner,
  { repository }: Pipeline,
): Confidence | undefined {
  const built = stagesOf(placed, repository, { platform, buildPlatform: { os, architecture } });
  if ("why" in built) return "medium";
  if (!runsOnTarget(built.stages, platform)) return undefined;
  return placed.runs === true ? "high" : "medium";
}
