import type { DispatchInput } from "../../config/ci/ci-config.ts";
import { quote } from "../quote.ts";
import type { Access } from "../registries.ts";
import type { InputVariable, Job, Pipeline, Rule, ScriptJob, TriggerJob } from "./document.ts";
import {
  childFile,
  environmentOf,
  type GeneratorInput,
  givenFlags,
  planFile,
  registriesFor,
  runLayerkeep,
} from "./generator-input.ts";
import { onMergeRequest, onPrune, onTrusted } from "./rules.ts";
import { scriptOf } from "./shell.ts";

export interface ParentInput extends GeneratorInput {
  /** The config's path, for readers of the pipeline. */
  readonly source: string;
  /** The stage of all jobs: they are ordered by what they need. */
  readonly stage: string;
}

/**
 * The pipeline that plans, and starts a child pipeline with a job for each leg that is to be built.
 * The pipelines of merge requests have jobs of their own: they are cancelled if there is a newer
 * commit, and have no login that writes. All others wait for each other.
 */
export function parentPipeline(input: ParentInput): Pipeline {
  const { config } = input;
  const { dispatch, schedule } = config.ci;
  const jobs: Record<string, Job> = {
    plan: planJob(input, "read", onTrusted(config)),
    images: imagesJob(input, "plan", onTrusted(config)),
    "plan-merge-request": planJob(input, "untrusted", onMergeRequest),
    "images-merge-request": imagesJob(input, "plan-merge-request", onMergeRequest),
    ...(schedule.prune === undefined ? {} : { prune: pruneJob(input) }),
  };
  return { head: { variables: inputVariables(dispatch) }, jobs };
}

function planJob(input: ParentInput, access: Access, rules: readonly Rule[]): ScriptJob {
  const { variables, ...environment } = environmentOf(input, registriesFor(input), access);
  return {
    stage: input.stage,
    rules,
    interruptible: access === "untrusted" || undefined,
    ...environment,
    // Trust and --affected ask git for more than the newest commits.
    variables: { GIT_DEPTH: "0", ...variables },
    script: [access === "untrusted" ? planOfMergeRequest(input) : planOfRun(input)],
    artifacts: { paths: [planFile, childFile], expire_in: "30 days" },
  };
}

/** The plan is only put into the checkout when it is made: it is no input of an image. */
function planOfRun(input: ParentInput): string {
  const run = runLayerkeep(input);
  return scriptOf(
    `set --${givenFlags(input)}`,
    ...Object.keys(input.config.ci.dispatch).map(passInput),
    "work=$(mktemp -d)",
    'case "${LAYERKEEP_RUN:-refresh}" in',
    "  refresh) stale= ;;",
    "  stale) stale=--stale ;;",
    "  *)",
    '    echo "error: LAYERKEEP_RUN is \\"$LAYERKEEP_RUN\\": use refresh, stale or prune" >&2',
    "    exit 2",
    "    ;;",
    "esac",
    `${run} plan "$@" $stale --output "$work/plan.json"`,
    `${run} ci gitlab --child $stale --plan "$work/plan.json" --output ${childFile} "$@"${imageFlags(input)}`,
    `mv "$work/plan.json" ${planFile}`,
  );
}

function planOfMergeRequest(input: ParentInput): string {
  const run = runLayerkeep(input);
  const given = givenFlags(input);
  return scriptOf(
    "work=$(mktemp -d)",
    `${run} plan${given} --affected --output "$work/plan.json"`,
    `${run} ci gitlab --child --plan "$work/plan.json" --output ${childFile}${given}${imageFlags(input)}`,
    `mv "$work/plan.json" ${planFile}`,
  );
}

function imageFlags({ image, service }: ParentInput): string {
  return ` --image ${quote(image)} --service ${service === undefined ? "none" : quote(service)}`;
}

/** Mirrors the child pipeline: it fails if a job there fails. */
function imagesJob({ stage }: ParentInput, plan: string, rules: readonly Rule[]): TriggerJob {
  const isTrusted = rules !== onMergeRequest;
  return {
    stage,
    needs: [{ job: plan }],
    rules,
    interruptible: isTrusted ? undefined : true,
    resource_group: isTrusted ? "layerkeep-$CI_COMMIT_REF_SLUG" : undefined,
    trigger: {
      include: [{ artifact: childFile, job: plan }],
      strategy: "depend",
      forward: { yaml_variables: false },
    },
  };
}

function pruneJob(input: ParentInput): ScriptJob {
  return {
    stage: input.stage,
    rules: onPrune,
    ...environmentOf(input, registriesFor(input), "write"),
    script: [scriptOf(`${runLayerkeep(input)} cache prune --yes${givenFlags(input)}`)],
  };
}

type Dispatch = Readonly<Record<string, DispatchInput>>;

/** The form of a run that is started by hand shows variables with a description. */
function inputVariables(dispatch: Dispatch): Record<string, InputVariable> | undefined {
  const entries = Object.entries(dispatch).map(([name, input]): [string, InputVariable] => [
    variableOf(name),
    { value: input.default, description: input.description ?? `The value of the variable ${name}` },
  ]);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function passInput(name: string): string {
  const word = `"${name}=$${variableOf(name)}"`;
  return `if [ "$CI_PIPELINE_SOURCE" = web ]; then set -- "$@" --var ${word}; fi`;
}

function variableOf(name: string): string {
  return `LAYERKEEP_INPUT_${name}`;
}
