import { isRecord } from "../../yaml/yaml-file.ts";

/**
 * Keys of a target that came after the oldest buildx that Layerkeep runs with, each with a value
 * that is valid by itself. buildx passes over keys that it does not know, without a word (tried
 * with 0.29 and `policy`).
 */
const younger: Readonly<Record<string, string>> = {
  call: '"check"',
  entitlements: '["network.host"]',
  "extra-hosts": '{ a = "10.0.0.1" }',
  policy: '[{ filename = "a.rego" }]',
  resources: '{ memory = "1g" }',
  "shm-size": '"1m"',
  ulimits: '["nofile=1:1"]',
};

/** The name of the probe's target. */
export const probeTarget = "layerkeep_probe";

/** A bake file with a target that has all keys which a buildx may not know. */
export const probeFile = `target "${probeTarget}" {\n${Object.entries(younger)
  .map(([key, value]) => `  ${key} = ${value}\n`)
  .join("")}}\n`;

/** Such keys that a bake file gives a value and that are in nothing that bake printed of it. */
export function missingKeys(text: string, printed: string): readonly string[] {
  return Object.keys(younger).filter((key) => {
    // A key of JSON is in quotes; one in a map of arguments is taken for a target's.
    const given = new RegExp(String.raw`(?<![\w.-])${key}"?\s*[=:]`);
    return given.test(text) && !printed.includes(`"${key}":`);
  });
}

/** Those among the keys that bake did not print of the probe: it does not know them. */
export function unknownKeys(keys: readonly string[], printedProbe: string): readonly string[] {
  const root: unknown = JSON.parse(printedProbe);
  const targets = isRecord(root) && isRecord(root["target"]) ? root["target"] : {};
  const target = targets[probeTarget];
  return keys.filter((key) => !isRecord(target) || !(key in target));
}
