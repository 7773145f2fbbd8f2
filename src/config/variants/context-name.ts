import { familiarName } from "../../dockerfile/image-name.ts";
import { UsageError } from "../../errors.ts";
import { parseReference } from "../../oci/reference.ts";
import type { Report } from "../schema/report.ts";
import type { Path } from "../yaml/yaml-file.ts";

/**
 * Checks the name of a named context: buildx accepts only valid image names (docker/buildx:
 * util/buildflags/context.go). Throws a usage error, without a place.
 */
export function checkContextName(name: string): void {
  if (name.includes("::")) {
    throw new UsageError(`a named context cannot be limited to one platform: "${name}"`, {
      hint: `buildx rejects such names; use "${name.slice(0, name.indexOf("::"))}", in a variant for that platform`,
    });
  }
  try {
    parseReference(name);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    throw new UsageError(`"${name}" is not a valid context name`, {
      hint: "use a lowercase stage or image name, such as lib or alpine:3",
      cause,
    });
  }
}

/** Reports a name that means the same context as an earlier one of the same map. */
export function checkRepeated(names: readonly string[], path: Path, report: Report): void {
  const repeated = repeatedContext(names);
  if (repeated === undefined) return;
  const message = `the context ${repeated} is defined twice`;
  report.add([...path, repeated], message, "use each name only once");
}

/** The first name that means the same context as an earlier one: `alpine:latest`, `alpine`. */
function repeatedContext(names: readonly string[]): string | undefined {
  const familiar = names.map(familiarName);
  return names.find((_, at) => familiar.indexOf(familiar[at] ?? "") < at);
}
