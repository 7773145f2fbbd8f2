import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { renderSchema } from "../../scripts/schema.ts";
import { parseConfig } from "../support/parse-config.ts";
import { isRecord } from "../../src/config/yaml/yaml-file.ts";

const text = readFileSync("docs/config.md", "utf8");
const examples = [...text.matchAll(/```yaml\n([^]*?)```/g)].map(([, example = ""]) => example);

it.each(examples)("the config's documentation has an example that loads: %s", (example) => {
  const whole = example.includes("variants:") ? example : `${example}\nvariants: {app: {}}`;
  const vars = example.includes("  VERSION:") ? { VERSION: "1" } : {};
  expect(parseConfig(whole, "layerkeep.yml", vars).variants).not.toHaveLength(0);
});

it("the config's documentation names every key", () => {
  const undocumented = [...keysOf(JSON.parse(renderSchema()))].filter(
    (key) => !text.includes(`\`${key}\``),
  );
  expect(undocumented).toEqual([]);
});

function keysOf(value: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const item of value) keysOf(item, found);
  if (!isRecord(value)) return found;
  for (const [key, child] of Object.entries(value)) {
    if (key === "properties" && isRecord(child)) {
      for (const name of Object.keys(child)) found.add(name);
    }
    keysOf(child, found);
  }
  return found;
}
