import * as v from "valibot";
import { choice, mapOf, waysOf } from "./shape.ts";

/* What kinds of values the keys of `layerkeep.yml` take. */

export const text = v.string();
/** A string that may be written as a number or a boolean, and is kept as written. */
export const scalar = v.pipe(v.string(), v.metadata({ type: ["string", "number", "boolean"] }));
export const flag = v.pipe(choice(["true", "false"]), v.description("true or false"));
export const list = v.array(text);
export const listOrText = waysOf([text, list]);
export const texts = mapOf(scalar);

export function key<const S extends v.GenericSchema>(schema: S, description: string) {
  return v.optional(v.pipe(schema, v.description(description)));
}
