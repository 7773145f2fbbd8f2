import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { renderSchema, schemaFile } from "../../scripts/schema.ts";
import { isRecord } from "../../src/config/yaml/yaml-file.ts";

it("the JSON Schema that is written is that of the config", () => {
  // Run `npx tsx scripts/schema.ts` where it is not.
  expect(readFileSync(schemaFile, "utf8")).toBe(renderSchema());
});

it("the JSON Schema describes every key", () => {
  const undescribed: string[] = [];
  visit(JSON.parse(renderSchema()), "");
  expect(undescribed).toEqual([]);

  function visit(value: unknown, path: string): void {
    if (typeof value !== "object" || value === null) return;
    for (const [key, child] of Object.entries(value)) {
      if (key === "properties") {
        for (const [name, property] of Object.entries(isRecord(child) ? child : {})) {
          if (!isRecord(property) || !("description" in property))
            undescribed.push(`${path}.${name}`);
        }
      }
      visit(child, `${path}.${key}`);
    }
  }
});

it("the JSON Schema takes a variable wherever a few words are allowed", () => {
  const text = renderSchema();
  expect(text.match(/"enum"/g)?.length).toBe(text.match(/"pattern": "\\\\\$\\\\\{"/g)?.length);
});
