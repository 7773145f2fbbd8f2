import { knownText, type Text, type Tri } from "../expressions/value.ts";
import { operationsIn, type Placed } from "../model/builds.ts";
import type { Build } from "../model/operation.ts";
import type { JobRun, Pipeline } from "../model/pipeline.ts";
import type { Rule } from "../rule.ts";
import type { Span } from "../yaml/node.ts";
import { isLoggedIn, registryOf } from "./support/images/logins.ts";

export const cacheWithoutLogin: Rule = {
  id: "cache-without-login",
  severity: "error",
  summary: "a job pushes to a registry without logging in",
  why: "Each job starts on a machine without credentials. If the job does not log in, the registry rejects the cache or the image at the end of the build.",
  check: (pipeline, { find }) => {
    for (const scenario of pipeline.scenarios) {
      const builds = operationsIn(pipeline, scenario, "build");
      const pushes = operationsIn(pipeline, scenario, "push");
      for (const placed of [...builds, ...pushes]) {
        for (const { span, what, registry, happens } of writesOf(placed)) {
          if (isLoggedIn(placed, registry) !== false) continue;
          const sure = placed.runs === true && happens === true && isPlain(pipeline, placed.job);
          find({
            span,
            message: `${what} is pushed to ${registry.text}, but the job ${placed.job.id} does not log in to that registry`,
            confidence: sure ? "high" : "medium",
          });
        }
      }
    }
  },
};

interface Write {
  readonly span: Span;
  readonly what: "this cache" | "this image";
  readonly registry: Text;
  readonly happens: Tri;
}

function writesOf(placed: Placed): readonly Write[] {
  const { operation } = placed;
  const image = (span: Span, reference: Text | undefined, happens: Tri): readonly Write[] => {
    const registry = reference === undefined ? undefined : registryOf(reference);
    return registry === undefined || happens === false
      ? []
      : [{ span, what: "this image", registry, happens: isGiven(reference, happens) }];
  };
  if (operation.kind === "push") return image(operation.span, operation.reference, true);
  if (operation.kind !== "build") return [];
  const { tags, push } = operation;
  // The names of metadata-action are not known, and the cache's registry need not be theirs.
  const [tag] = tags.filter(({ value }) => /^[^$]*\//.test(value.text));
  return [
    ...operation.cacheTo.flatMap((settings) => cacheWrite(settings, placed)),
    ...(tag === undefined ? [] : image(tag.span, tag.value, push)),
    ...operation.outputs.flatMap(({ span, attributes }) =>
      image(span, attributes.get("name"), attributes.get("push")?.text === "true"),
    ),
  ];
}

/** Undefined if the name may be empty. */
function isGiven(name: Text | undefined, happens: Tri): Tri {
  return name?.orEmpty === undefined ? happens : undefined;
}

function cacheWrite(
  { type, span, attributes }: Build["cacheTo"][number],
  { scenario }: Placed,
): readonly Write[] {
  const ref = attributes.get("ref");
  if (type !== "registry" || ref === undefined) return [];
  // A pull request that may fail to write its cache is no fault.
  const ignores = knownText(attributes.get("ignore-error")) === "true";
  if (ignores && scenario.untrusted) return [];
  const registry = registryOf(ref);
  return registry === undefined
    ? []
    : [{ span, what: "this cache", registry, happens: isGiven(ref, true) }];
}

/** GitLab's runners, and settings of its projects, may have credentials that no file shows. */
function isPlain({ workflow }: Pipeline, { opaque }: JobRun): boolean {
  return workflow !== undefined && opaque.length === 0;
}
