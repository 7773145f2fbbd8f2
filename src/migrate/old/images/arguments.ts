import type { Text } from "../../../lint/expressions/value.ts";
import type { Build } from "../../../lint/model/operation.ts";
import type { JobRun } from "../../../lint/model/pipeline.ts";
import type { RefreshArg } from "./old-image.ts";
import type { Reading } from "../reading.ts";
import { dateValue } from "../refresh.ts";
import { isSecret } from "../../../lint/rules/support/shell/secret-values.ts";
import { concrete, configText, expressionsOf, isOfRun, orHint } from "../texts.ts";

/** The build arguments of an image. */
interface Arguments {
  /** As the config writes them. */
  readonly args: Record<string, string>;
  /** In the example run. */
  readonly values: Record<string, string>;
  readonly refresh: RefreshArg | undefined;
}

/** The arguments of a build; one that the config cannot express is reported. */
export function argumentsOf({ buildArgs }: Build, job: JobRun, reading: Reading): Arguments {
  const found: { -readonly [K in keyof Arguments]: Arguments[K] } = {
    args: {},
    values: {},
    refresh: undefined,
  };
  for (const { name, value, span } of buildArgs) {
    if (isRefused(name)) continue;
    const text = configText(value, reading);
    if (text !== undefined) {
      found.args[name] = text;
      found.values[name] = concrete(value, reading) ?? "";
      continue;
    }
    const date = dateOf(value, job, reading);
    if (date === undefined || found.refresh !== undefined) {
      const why = `the argument ${name} depends on ${expressionsOf(value)}`;
      reading.lost.add(span, why, hintFor(name, value));
    } else {
      found.refresh = { arg: name, span, ...date };
    }
  }
  return found;
}

/** Arguments with which BuildKit's caches are set: the config has keys for that. */
function isRefused(name: string): boolean {
  return name === "BUILDKIT_INLINE_CACHE";
}

function dateOf({ unknown }: Text, job: JobRun, reading: Reading): ReturnType<typeof dateValue> {
  const [only, ...more] = unknown;
  return only === undefined || more.length > 0
    ? undefined
    : dateValue(only.expression, job, reading);
}

function hintFor(name: string, value: Text): string {
  if (isSecret(name, value) !== "no")
    return "use secrets instead: build arguments are stored in the image";
  if (value.unknown.some(isOfRun)) {
    return "remove it: the published index has the commit and version as annotations, and an argument that changes with each commit causes a full rebuild";
  }
  return orHint("declare the argument in vars", value);
}
