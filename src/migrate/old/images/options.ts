import type { Field } from "../../../lint/model/field.ts";
import type { Build } from "../../../lint/model/operation.ts";
import type { StepRun } from "../../../lint/model/pipeline.ts";
import { linesOf, listOf } from "../../../lint/operations/settings.ts";

/** The inputs of docker/build-push-action for options of `docker buildx build`. */
const inputs = {
  "add-host": "add-hosts",
  allow: "allow",
  annotation: "annotations",
  "build-context": "build-contexts",
  call: "call",
  "cgroup-parent": "cgroup-parent",
  label: "labels",
  network: "network",
  "no-cache-filter": "no-cache-filters",
  secret: "secrets",
  "shm-size": "shm-size",
  ssh: "ssh",
  ulimit: "ulimit",
} as const;

export type OptionName = keyof typeof inputs;

/** The values of an option, by its name on the command line. */
export type Options = (name: OptionName) => readonly Field[];

/** The options of a build, which an action or a command has. */
export function optionsOf({ options }: Build, { action }: StepRun): Options {
  return (name) => {
    if (options !== undefined) return options.get(name) ?? [];
    const input = action?.inputs.get(inputs[name]);
    return name === "allow" ? listOf(input) : linesOf(input);
  };
}
