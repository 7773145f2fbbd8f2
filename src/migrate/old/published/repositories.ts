import type { Field } from "../../../lint/model/field.ts";
import { formatRepository, parseRepository } from "../../../oci/reference.ts";
import type { Reading } from "../reading.ts";
import { constant, expressionsOf, orHint } from "../texts.ts";

/** A repository in its full form, in lower case; undefined, and reported, if it cannot be told. */
export function repositoryOf({ value, span }: Field, reading: Reading): string | undefined {
  const text = constant(value, reading);
  if (text === undefined) {
    reading.lost.add(
      span,
      `the repository depends on ${expressionsOf(value)}, which is only known at run time`,
      orHint("add the repository to publish", value),
    );
    return undefined;
  }
  try {
    return formatRepository(parseRepository(text.trim().toLowerCase()));
  } catch {
    reading.lost.add(span, `"${text}" is not a valid repository`);
    return undefined;
  }
}
