import { isSecretName } from "../../../config/ci/secret-name.ts";
import { UsageError } from "../../../errors.ts";
import type { Mapping } from "../document.ts";
import { expression } from "../expressions.ts";

/**
 * The variables with secrets of these names; undefined if there are none. Throws a usage error for
 * a name that no secret of GitHub can have.
 */
export function secretEnv(names: readonly string[]): Mapping | undefined {
  if (names.length === 0) return undefined;
  return Object.fromEntries(names.map((name) => [name, expression(secretOf(name))]));
}

function secretOf(name: string): string {
  if (name === "GITHUB_TOKEN") return "github.token";
  if (isSecretName(name)) return `secrets.${name}`;
  throw new UsageError(`the variable "${name}" cannot be the name of a GitHub secret`, {
    hint: "set env to a name of letters, digits and _ that does not start with a digit or GITHUB_, such as id=npm,env=NPM_TOKEN",
  });
}
