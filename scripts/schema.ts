/** Writes `schema/layerkeep.schema.json`, which editors complete and check `layerkeep.yml` with. */
import { mkdirSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { toJsonSchema } from "@valibot/to-json-schema";
import { configSchema } from "../src/config/schema/schema.ts";

export const schemaFile = "schema/layerkeep.schema.json";

/** The JSON Schema of the config, as the file holds it. */
export function renderSchema(): string {
  const schema = toJsonSchema(configSchema, {
    typeMode: "input",
    // The checks of ours have no counterpart.
    errorMode: "ignore",
    overrideSchema: ({ valibotSchema, jsonSchema }) => {
      if (valibotSchema.type === "picklist") return withVariables(jsonSchema.enum ?? []);
      if (valibotSchema.type !== "object_with_rest") return undefined;
      const { required, ...rest } = jsonSchema;
      const asked = required?.length === 0 ? {} : { required };
      return { ...rest, ...asked, additionalProperties: false };
    },
  });
  const whole = {
    $schema: schema.$schema,
    title: "layerkeep.yml",
    ...schema,
    patternProperties: { "^x-": { description: "For your own use, such as YAML anchors." } },
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

/** The words, the booleans among them also as such, or a text with a variable in it. */
function withVariables(words: readonly unknown[]) {
  const booleans = words.flatMap((word) =>
    word === "true" || word === "false" ? [word === "true"] : [],
  );
  return {
    anyOf: [
      { enum: [...booleans, ...words.filter(isString)] },
      { type: "string" as const, pattern: "\\$\\{" },
    ],
  };
}

function isString(word: unknown): word is string {
  return typeof word === "string";
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  mkdirSync("schema", { recursive: true });
  writeFileSync(schemaFile, renderSchema());
}
