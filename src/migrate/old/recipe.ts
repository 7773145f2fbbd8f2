import { posix } from "node:path";
import { isRemoteContext } from "../../dockerfile/remote-source.ts";
import type { Field } from "../../lint/model/field.ts";
import type { Build } from "../../lint/model/operation.ts";
import type { JobRun, StepRun } from "../../lint/model/pipeline.ts";
import { linesOf, listOf } from "../../lint/operations/settings.ts";
import { argumentsOf } from "./arguments.ts";
import { labelsOf, pairs } from "./labels.ts";
import type { Recipe, RefreshArg } from "./old-image.ts";
import type { Reading } from "./reading.ts";
import { secretsOf } from "./secrets.ts";
import { configText, constant, expressionsOf } from "./texts.ts";

/** How a build is written in the config, and the values of its arguments in the example run. */
export interface ReadRecipe {
  readonly recipe: Recipe;
  readonly refresh: RefreshArg | undefined;
  readonly args: Readonly<Record<string, string>>;
}

/** Undefined if the context or the Dockerfile cannot be told. */
export function recipeOf(
  build: Build,
  step: StepRun,
  job: JobRun,
  reading: Reading,
): ReadRecipe | undefined {
  const { lost } = reading;
  const context = contextOf(build, reading);
  const dockerfile = dockerfileOf(build, context, reading);
  if (context === undefined || dockerfile === undefined) return undefined;
  const { args, values, refresh } = argumentsOf(build, job, reading);
  const input = (name: string): Field | undefined => step.action?.inputs.get(name);
  const listed = (name: string): readonly string[] =>
    linesOf(input(name)).flatMap(({ value, span }) => {
      const text = configText(value, reading);
      if (text === undefined) lost.add(span, `${name} depends on ${expressionsOf(value)}`);
      return text ?? [];
    });
  const single = (name: string): string | undefined => {
    const field = input(name);
    return field === undefined || field.value.text === "" ? undefined : listed(name)[0];
  };
  reportOthers(step, reading);
  const target = build.target === undefined ? undefined : known(build.target, "target", reading);
  const recipe: Recipe = {
    context,
    ...(dockerfile === "" ? {} : { dockerfile }),
    ...(target === undefined ? {} : { target }),
    ...some("args", args),
    ...some("labels", labelsOf(input("labels"), job, reading)),
    ...some("contexts", pairs(listed("build-contexts"))),
    ...someOf("secrets", secretsOf(step, reading)),
    ...someOf("ssh", listed("ssh")),
    ...(single("network") === undefined ? {} : { network: single("network") }),
    ...(single("shm-size") === undefined ? {} : { "shm-size": single("shm-size") }),
    ...someOf("ulimits", listed("ulimit")),
    ...someOf(
      "allow",
      listOf(input("allow")).map(({ value }) => value.text),
    ),
    ...someOf("add-hosts", listed("add-hosts")),
    ...(isOn(build.sbom) ? { sbom: true } : {}),
    ...(isOn(input("no-cache")) ? { cache: false } : {}),
  } as Recipe;
  return { recipe, refresh, args: values };
}

/** The context from the repository's top. `{{defaultContext}}` is the repository itself. */
function contextOf({ context }: Build, reading: Reading): string | undefined {
  if (context === undefined) return ".";
  const text = context.value.text
    .replace(/^\{\{\s*defaultContext\s*\}\}:?/, "./")
    .replace(/^\$\{\{ github\.workspace \}\}\/?/, "./");
  const unknown = context.value.unknown.filter(({ expression }) => text.includes(expression));
  const path = known({ ...context, value: { text, unknown } }, "context", reading);
  return path === undefined || isRemoteContext(path) ? path : normal(path);
}

/** Empty for the Dockerfile in the context. */
function dockerfileOf(
  { dockerfile }: Build,
  context: string | undefined,
  reading: Reading,
): string | undefined {
  if (dockerfile === undefined) return "";
  const path = known(dockerfile, "Dockerfile", reading);
  if (path === undefined || context === undefined) return undefined;
  const usual = isRemoteContext(context) ? "Dockerfile" : posix.join(context, "Dockerfile");
  return normal(path) === usual ? "" : normal(path);
}

function normal(path: string): string {
  return posix.normalize(path.replace(/\/+$/, "")) || ".";
}

function known(field: Field, what: string, reading: Reading): string | undefined {
  const text = constant(field.value, reading);
  if (text === undefined) {
    reading.lost.add(
      field.span,
      `the ${what} depends on ${expressionsOf(field.value)}, which is only known at run time`,
      "pass --value EXPRESSION=VALUE, or add a variant for each value",
    );
  }
  return text;
}

/** Inputs of docker/build-push-action that the config has no key for. */
function reportOthers({ action }: StepRun, { lost }: Reading): void {
  if (action === undefined) return;
  const hints: Readonly<Record<string, string>> = {
    "no-cache-filters": "use refresh to rerun steps periodically",
    "cgroup-parent": "set limits on the builder instead",
    call: "run docker build --call in a separate job",
    "secret-files": "",
  };
  for (const [name, hint] of Object.entries(hints)) {
    const field = action.inputs.get(name);
    if (field === undefined || hint === "" || field.value.text === "") continue;
    lost.add(field.span, `${name} has no equivalent in the config`, hint);
  }
}

function isOn(field: Field | undefined): boolean {
  return field !== undefined && !["", "false"].includes(field.value.text.trim().toLowerCase());
}

function some(key: string, map: Readonly<Record<string, string>>): object {
  return Object.keys(map).length === 0 ? {} : { [key]: map };
}

function someOf(key: string, list: readonly string[]): object {
  return list.length === 0 ? {} : { [key]: list };
}
