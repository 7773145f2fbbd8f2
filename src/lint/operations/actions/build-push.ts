import { knownText, type Tri } from "../../expressions/value.ts";
import type { Build, BuildArg } from "../../model/operation.ts";
import type { Field } from "../../model/field.ts";
import { linesOf, listOf, parseOutput, platformsIn, settingsOf } from "../settings.ts";
import type { ReadAction } from "./read-action.ts";

/** docker/build-push-action. */
export const buildPush: ReadAction = ({ span, inputs }) => {
  const given = (name: string): Field | undefined => {
    const field = inputs.get(name);
    return field === undefined || field.value.text === "" ? undefined : field;
  };
  const build: Build = {
    kind: "build",
    tool: "docker/build-push-action",
    span,
    context: given("context"),
    dockerfile: given("file"),
    target: given("target"),
    platforms: platformsIn(listOf(given("platforms"))),
    tags: listOf(given("tags")),
    buildArgs: linesOf(given("build-args")).map(buildArg),
    push: flag(given("push")),
    noCache: flag(given("no-cache")),
    outputs: linesOf(given("outputs")).map(parseOutput),
    cacheFrom: settingsOf(given("cache-from")),
    cacheTo: settingsOf(given("cache-to")),
    provenance: given("provenance"),
    sbom: given("sbom"),
    opaque: [],
  };
  return [build];
};

/** A boolean input: false if it is not set, undefined if only a run can tell. */
export function flag(field: Field | undefined): Tri {
  if (field === undefined) return false;
  const text = knownText(field.value);
  return text === undefined ? undefined : text.toLowerCase() === "true";
}

/** `NAME=value`. */
export function buildArg({ value, span }: Field): BuildArg {
  const equals = value.text.indexOf("=");
  if (equals < 0) return { name: value.text, value: { text: "", unknown: [] }, span };
  return {
    name: value.text.slice(0, equals),
    value: { ...value, text: value.text.slice(equals + 1) },
    span,
  };
}
