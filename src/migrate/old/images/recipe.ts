import { posix } from "node:path";
import { isRemoteContext } from "../../../dockerfile/remote-source.ts";
import type { Field } from "../../../lint/model/field.ts";
import type { Build } from "../../../lint/model/operation.ts";
import type { JobRun, StepRun } from "../../../lint/model/pipeline.ts";
import { argumentsOf } from "./arguments.ts";
import { labelsOf, pairs } from "./labels.ts";
import { type OptionName, type Options, optionsOf } from "./options.ts";
import type { Recipe, RefreshArg } from "./old-image.ts";
import type { Reading } from "../reading.ts";
import { secretsOf } from "../logins/secrets.ts";
import { configText, constant, expressionsOf, orHint } from "../texts.ts";

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
  const options = optionsOf(build, step);
  const listed = (name: OptionName): readonly string[] =>
    options(name).flatMap(({ value, span }) => {
      const text = configText(value, reading);
      if (text === undefined) lost.add(span, `${name} depends on ${expressionsOf(value)}`);
      return text ?? [];
    });
  const single = (name: OptionName): string | undefined => listed(name).at(-1);
  reportOthers(options, reading);
  const target = build.target === undefined ? undefined : known(build.target, "target", reading);
  const recipe: Recipe = {
    context,
    ...(dockerfile === "" ? {} : { dockerfile }),
    ...(target === undefined ? {} : { target }),
    ...some("args", args),
    ...some("labels", labelsOf(options("label"), job, reading)),
    ...some("contexts", pairs(listed("build-context"))),
    ...someOf("secrets", secretsOf(options("secret"), step, reading)),
    ...someOf("ssh", listed("ssh")),
    ...(single("network") === undefined ? {} : { network: single("network") }),
    ...(single("shm-size") === undefined ? {} : { "shm-size": single("shm-size") }),
    ...someOf("ulimits", listed("ulimit")),
    ...someOf(
      "allow",
      options("allow").map(({ value }) => value.text),
    ),
    ...someOf("add-hosts", listed("add-host")),
    ...(isOn(build.sbom) ? { sbom: true } : {}),
    ...(build.noCache === true ? { cache: false } : {}),
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
      orHint("add a variant for each value", field.value),
    );
  }
  return text;
}

/** Options that the config has no key for. */
function reportOthers(options: Options, { lost }: Reading): void {
  const hints: Readonly<Partial<Record<OptionName, string>>> = {
    "no-cache-filter": "use refresh to rerun steps periodically",
    "cgroup-parent": "set limits on the builder instead",
    call: "run docker build --call in a separate job",
  };
  for (const name of ["no-cache-filter", "cgroup-parent", "call"] as const) {
    for (const { span } of options(name)) {
      lost.add(span, `${name} has no equivalent in the config`, hints[name]);
    }
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
