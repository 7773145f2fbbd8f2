import * as v from "valibot";
import { createReport } from "../../config/schema/report.ts";
import { checkShape, choice, mapOf, mapping, waysOf } from "../../config/schema/shape.ts";
import { readYaml } from "../../config/yaml/read-yaml.ts";
import { isRecord } from "../../config/yaml/yaml-file.ts";
import { UsageError } from "../../errors.ts";
import { type AccessRules, actions, type Grant } from "../../server/access/rights/rights.ts";

const action = choice(actions);
const grant = mapping({
  repositories: waysOf([v.string(), v.array(v.string())]),
  actions: waysOf([action, v.array(action)]),
});
const file = mapping({
  anonymous: v.optional(v.array(grant)),
  users: v.optional(mapOf(v.array(grant))),
});

/** The characters of repository names, and stars. */
const globPattern = /^[a-z0-9._\-/*?]{1,255}$/;

/**
 * The rights in the file that `--access` names. Throws one usage error that lists every problem
 * with its place.
 */
export async function parseAccessFile(
  text: string,
  name: string,
  plainYaml?: boolean,
): Promise<AccessRules> {
  const yaml = await readYaml(text, plainYaml);
  const report = createReport(name, yaml);
  const isMap = isRecord(yaml.value);
  if (!isMap && (yaml.value ?? null) !== null) {
    report.add([], "the access file must be a map", "use a map with the keys anonymous and users");
  }
  const rules = isMap ? checkShape(file, yaml.value, [], report) : undefined;
  const check = (grants: readonly Written[], path: readonly (string | number)[]): Grant[] =>
    grants.map((written, index) => {
      const repositories = listOf(written.repositories);
      for (const [at, glob] of repositories.entries()) {
        if (globPattern.test(glob)) continue;
        const list = typeof written.repositories === "string" ? [] : [at];
        report.add(
          [...path, index, "repositories", ...list],
          `"${glob}" is not a valid repository pattern`,
          "use a name such as acme/app, with * for one part or ** for any number of parts",
        );
      }
      return { repositories, actions: listOf(written.actions) };
    });
  const anonymous = check(rules?.anonymous ?? [], ["anonymous"]);
  const users = new Map(
    Object.entries(rules?.users ?? {}).map(([user, grants]) => [
      user,
      check(grants, ["users", user]),
    ]),
  );
  const problems = report.problems();
  if (problems.length > 0) throw new UsageError(problems);
  if (anonymous.length === 0 && users.size === 0) {
    throw new UsageError([
      {
        file: name,
        message: "the access file grants no rights",
        hint: "add users under users:, or rights under anonymous:",
      },
    ]);
  }
  return { anonymous, users };
}

type Written = v.InferOutput<typeof grant>;

function listOf<T extends string>(value: T | readonly T[]): readonly T[] {
  return typeof value === "string" ? [value] : value;
}
