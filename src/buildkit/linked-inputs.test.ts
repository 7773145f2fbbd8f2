import { expect, it } from "vitest";
import { buildRequest, engineInputs } from "../../test/support/plans.ts";
import { type BuildRequest, buildArguments, type EngineInputs } from "./arguments.ts";
import { bakeDefinition } from "./linked-targets.ts";

type Marked = { readonly [Key in keyof EngineInputs]-?: readonly [EngineInputs[Key], string] };

/** Each input has a value, and a text that no other input leaves in what buildx is given. */
const marked: Marked = {
  dockerfile: ["/marked-file", "/marked-file"],
  context: ["/marked-context", "/marked-context"],
  target: ["marked-target", "marked-target"],
  args: [{ A: "marked-arg" }, "marked-arg"],
  labels: [{ l: "marked-label" }, "marked-label"],
  contexts: [{ lib: "/marked-lib" }, "/marked-lib"],
  secrets: [["id=marked-secret"], "id=marked-secret"],
  ssh: [["marked-ssh"], "marked-ssh"],
  network: ["none", "none"],
  shmSize: ["11111", "11111"],
  ulimits: [["nofile=22222:33333"], "nofile=22222:33333"],
  allow: [["device=marked-device"], "device=marked-device"],
  addHosts: [["a:192.0.2.7"], "192.0.2.7"],
  provenance: ["min", "mode=min"],
  sbomGenerator: ["marked-generator", "generator=marked-generator"],
};

/** No key is missing: the compiler checks `marked`. */
const inputs = Object.fromEntries(
  Object.entries(marked).map(([key, [value]]) => [key, value]),
) as unknown as EngineInputs;

/** Only a run that stages nothing has linked targets, so its output is not kept. */
const request: BuildRequest = { ...buildRequest, inputs };

const passedOn = keysIn(buildArguments(request).join("\n"));

it("looks for inputs that `buildx build` is given", () => {
  const attestations = ["provenance", "sbomGenerator"];
  expect(passedOn).toEqual(Object.keys(marked).filter((key) => !attestations.includes(key)));
});

it("gives bake every input that `buildx build` is given, for the target that is asked for", () => {
  expect(keysIn(bakeDefinition(request))).toEqual(passedOn);
});

it("gives bake every input of a linked target, too", () => {
  const parent = {
    name: "parent",
    leg: "parent/linux/amd64",
    inputs,
    platform: "linux/amd64",
    cacheFrom: [],
    noCache: false,
  };
  const definition = bakeDefinition({ ...request, inputs: engineInputs, linked: [parent] });
  expect(keysIn(definition)).toEqual(passedOn);
});

function keysIn(text: string): readonly string[] {
  return Object.entries(marked).flatMap(([key, [, mark]]) => (text.includes(mark) ? [key] : []));
}
