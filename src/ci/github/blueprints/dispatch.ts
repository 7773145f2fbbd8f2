import type { DispatchInput } from "../../../config/ci/ci-config.ts";
import { UsageError } from "../../../errors.ts";
import type { Mapping } from "../document.ts";
import { expression, literal, quoted } from "../expressions.ts";

type Dispatch = Readonly<Record<string, DispatchInput>>;

/** GitHub: a run that is started by hand has at most 25 inputs. */
const mostInputs = 25;

/** The inputs of `workflow_dispatch`. Throws a usage error if GitHub would refuse them. */
export function dispatchInputs(dispatch: Dispatch): Mapping {
  const entries = Object.entries(dispatch);
  if (entries.length > mostInputs) {
    throw new UsageError(
      `ci.dispatch has ${entries.length} inputs, but GitHub accepts at most ${mostInputs} inputs`,
    );
  }
  if (entries.length === 0) return {};
  const inputs = entries.map(([name, { description, default: value }]): [string, Mapping] => [
    name,
    {
      description: literal(
        description ?? `The value of the variable ${name}`,
        `ci.dispatch.${name}`,
      ),
      type: "string",
      default: literal(value, `ci.dispatch.${name}.default`),
    },
  ]);
  return { inputs: Object.fromEntries(inputs) };
}

/** The inputs as variables of the config, one a line, in runs that were started by hand. */
export function dispatchVars(dispatch: Dispatch): string {
  return Object.keys(dispatch)
    .map((name) => {
      const line = `format(${quoted(`${name}={0}`)}, inputs.${name})`;
      return `${expression(`github.event_name == 'workflow_dispatch' && ${line} || ''`)}\n`;
    })
    .join("");
}
