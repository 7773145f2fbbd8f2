import { expect, it } from "vitest";
import { missingKeys, probeFile, unknownKeys } from "./unknown-keys.ts";

it("looks for keys that a bake file has and bake did not print", () => {
  const text = 'policy = []\n"resources": {}\nshm-size="1m"\nx.call = 1\n# ulimits\nmy-call = 2';
  expect(missingKeys(text, "{}")).toEqual(["policy", "resources", "shm-size"]);
  expect(missingKeys(text, '{"shm-size": "1m", "policy": []}')).toEqual(["resources"]);
});

it("finds out which of them buildx knows", () => {
  expect(missingKeys(probeFile, "{}")).toHaveLength(7);
  const printed = JSON.stringify({ target: { layerkeep_probe: { policy: [{}] } } });
  expect(unknownKeys(["policy", "resources"], printed)).toEqual(["resources"]);
  expect(unknownKeys(["policy"], "{}")).toEqual(["policy"]);
});
