import { known, partOf, type Text } from "../../expressions/value.ts";
import type { Field } from "../../model/field.ts";
import { linesOf } from "../settings.ts";
import type { ReadAction } from "./read-action.ts";

/** docker/login-action. */
export const login: ReadAction = ({ span, inputs }) => {
  const several = inputs.get("registry-auth");
  const registries =
    several === undefined ? [inputs.get("registry")?.value] : registriesIn(several);
  return registries.map((registry) => {
    const isNamed = registry !== undefined && registry.text !== "";
    return { kind: "login", span, registry: isNamed ? registry : known("docker.io") };
  });
};

/** Of a list of logins in YAML. One that only a run knows may be for any registry. */
function registriesIn(list: Field): readonly (Text | undefined)[] {
  const registries: (Text | undefined)[] = [];
  for (const { value } of linesOf(list)) {
    if (value.text.startsWith("-")) registries.push(undefined);
    const [, name] = /^(?:-\s*)?registry:\s*["']?([^"']+)/.exec(value.text) ?? [];
    if (name !== undefined) registries[registries.length - 1] = partOf(value, name.trim());
  }
  return registries.length === 0 ? [list.value] : registries;
}
