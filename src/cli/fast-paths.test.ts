import { expect, it } from "vitest";
import { fastPaths } from "./fast-paths.ts";

it.each([
  [{}, { plainYaml: true, ringSockets: true }],
  [{ LAYERKEEP_PLAIN_YAML: "0" }, { plainYaml: false, ringSockets: true }],
  [{ LAYERKEEP_RING_SOCKET: "0" }, { plainYaml: true, ringSockets: false }],
  [
    { LAYERKEEP_PLAIN_YAML: "1", LAYERKEEP_RING_SOCKET: "" },
    { plainYaml: true, ringSockets: true },
  ],
])("the environment %j switches the fast paths to %j", (env, expected) => {
  expect(fastPaths(env)).toEqual(expected);
});
