import { known } from "../../expressions/value.ts";
import type { ReadAction } from "./read-action.ts";

/** docker/login-action. */
export const login: ReadAction = ({ span, inputs }) => {
  const registry = inputs.get("registry")?.value;
  const isNamed = registry !== undefined && registry.text !== "";
  return [{ kind: "login", span, registry: isNamed ? registry : known("docker.io") }];
};
