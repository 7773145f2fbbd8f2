import { isRecord } from "../../yaml/yaml-file.ts";

/**
 * Target keys that are newer than the oldest supported buildx, each with a valid value. buildx
 * silently ignores keys that it does not know (tried with 0.29 and `policy`).
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

/** A bake file with a target that has every key that a buildx may not know. */
export const probeFile = `target "${probeTarget}" {\n${Object.entries(younger)
  .map(([key, value]) => `  ${key} = ${value}\n`)
  .join("")}}\n`;

/** Such keys that a bake file sets and that do not appear in bake's output for it. */
export function missingKeys(text: string, printed: string): readonly string[] {
  return Object.keys(younger).filter((key) => {
    // In JSON a key is quoted. A key in a map of arguments is mistaken for a target's.
    const given = new RegExp(String.raw`(?<![\w.-])${key}"?\s*[=:]`);
    return given.test(text) && !printed.includes(`"${key}":`);
  });
}

/** The keys that bake did not print for the probe, and so does not know. */
export function unknownKeys(keys: readonly string[], printedProbe: string): readonly string[] {
  const root: unknown = JSON.parse(printedProbe);
  const targets = isRecord(root) && isRecord(root["target"]) ? root["target"] : {};
  const target = targets[probeTarget];
  return keys.filter((key) => !isRecord(target) || !Object.hasOwn(target, key));
}
