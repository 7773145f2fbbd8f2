import { isUnknown, knownStart, type Text } from "../expressions/value.ts";
import { operationsIn, type Placed } from "../model/builds.ts";
import type { Field } from "../model/field.ts";
import type { Download } from "../model/operation.ts";
import type { Rule } from "../rule.ts";
import { oncePerPlace } from "./support/once-per-place.ts";

export const artifactNamePrefix: Rule = {
  id: "artifact-name-prefix",
  severity: "error",
  summary: "an artifact pattern for one image also matches artifacts of another image",
  why: "If one image name is a prefix of another, the digests of the image with the longer name are also merged into the other image. The index then contains two images for each platform, and a pull can get the wrong one.",
  check: (pipeline, report) => {
    const { find, cannotTell } = oncePerPlace(report);
    for (const scenario of pipeline.scenarios) {
      const names = operationsIn(pipeline, scenario, "upload").map(
        ({ operation }) => operation.name.value,
      );
      const wanted = operationsIn(pipeline, scenario, "download").flatMap(wantedOf);
      for (const one of wanted) {
        const whole = knownStart(one.prefix);
        if (whole !== one.prefix.text) {
          const isUsed = names.some((name) => knownStart(name).startsWith(whole));
          if (isUsed && isUnknown(one.placed.job.matrix) && fromMatrix(one.prefix)) {
            cannotTell(
              one.pattern.span,
              "the matrix is only known at run time, so this pattern might match artifacts of other images",
            );
          }
          continue;
        }
        const longer = wanted.filter(
          ({ prefix }) => prefix.text !== whole && knownStart(prefix).startsWith(whole),
        );
        const own = names.filter((name) => knownStart(name).startsWith(whole));
        const isForeign = (name: Text): boolean =>
          longer.some(({ prefix }) => knownStart(name).startsWith(prefix.text));
        const [other] = longer;
        // A job that needs all artifacts may have a pattern for all of them.
        if (other === undefined || !own.some(isForeign) || own.every(isForeign)) continue;
        const oneStep = longer.some(({ pattern }) => pattern.span.start === one.pattern.span.start);
        const sure = one.placed.runs === true && other.placed.runs === true;
        find({
          span: one.pattern.span,
          message: `${one.pattern.value.text} also matches the artifacts of ${other.pattern.value.text}`,
          confidence: oneStep && sure ? "high" : "medium",
        });
      }
    }
  },
};

interface Wanted {
  readonly placed: Placed<Download>;
  readonly pattern: Field;
  /** The pattern up to its only `*`. */
  readonly prefix: Text;
}

function wantedOf(placed: Placed<Download>): readonly Wanted[] {
  const { pattern } = placed.operation;
  const text = pattern?.value.text.slice(0, -1) ?? "";
  if (pattern?.value.text.endsWith("*") !== true || /[*?[{]/.test(text.replaceAll("${{", ""))) {
    return [];
  }
  return [{ placed, pattern, prefix: { ...pattern.value, text } }];
}

function fromMatrix({ unknown }: Text): boolean {
  return unknown.some(({ expression }) => /\bmatrix\b/.test(expression));
}
