import * as v from "valibot";
import { key, listOrText, scalar, text } from "./kinds.ts";
import { mapOf, waysOf } from "./shape.ts";

/** The keys that name a matrix file and its entries. */
export const matrixListKeys = {
  matrix: key(text, "A YAML or JSON file with a list of entries, such as a matrix of CI jobs."),
  at: key(
    listOrText,
    "The path to the list, such as jobs.build.strategy.matrix.include, or multiple paths. A key can be a glob: jobs.*.strategy.matrix. A complete job matrix is expanded as in GitHub Actions. Default: include.",
  ),
  where: key(
    mapOf(waysOf([scalar, v.array(scalar)])),
    "Only entries whose field has this value, or one of these values. An empty value also matches a missing field.",
  ),
};
