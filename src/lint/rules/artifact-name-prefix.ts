import { isUnknown, knownStart, type Text } from "../expressions/value.ts";
import { operationsIn, type Placed } from "../model/builds.ts";
import type { Field } from "../model/field.ts";
import type { Download } from "../model/operation.ts";
import type { Report, Rule } from "../rule.ts";
import { isFromMatrix } from "./support/from-matrix.ts";
import { oncePerPlace } from "./support/once-per-place.ts";

export const artifactNamePrefix: Rule = {
  id: "artifact-name-prefix",
  severity: "error",
  summary: "an artifact pattern for one image also matches artifacts of another image",
  why: "If one image name is a prefix of another, the digests of the image with the longer name are also merged into the other image. The index then contains two images for each platform, and a pull can get the wrong one.",
  check: (pipeline, report) => {
    const once = oncePerPlace(report);
    for (const scenario of pipeline.scenarios) {
      const uploads = operationsIn(pipeline, scenario, "upload");
      const names = uploads.map(({ operation }) => operation.name.value);
      const wanted = operationsIn(pipeline, scenario, "download").flatMap(wantedOf);
      for (const one of wanted) {
        if (knownStart(one.prefix) === one.prefix.text) checkPattern(one, { wanted, names }, once);
        else checkUnknown(one, names, once);
      }
    }
  },
};

interface Artifacts {
  readonly wanted: readonly Wanted[];
  readonly names: readonly Text[];
}

function checkPattern(one: Wanted, { wanted, names }: Artifacts, { find }: Report): void {
  const start = one.prefix.text;
  const longer = wanted.filter(
    ({ prefix }) => prefix.text !== start && knownStart(prefix).startsWith(start),
  );
  const own = names.filter((name) => knownStart(name).startsWith(start));
  const isForeign = (name: Text): boolean =>
    longer.some(({ prefix }) => knownStart(name).startsWith(prefix.text));
  const [other] = longer;
  // A job that needs all artifacts may have a pattern for all of them.
  if (other === undefined || !own.some(isForeign) || own.every(isForeign)) return;
  const oneStep = longer.some(({ pattern }) => pattern.span.start === one.pattern.span.start);
  const sure = one.placed.runs === true && other.placed.runs === true;
  find({
    span: one.pattern.span,
    message: `${one.pattern.value.text} also matches the artifacts of ${other.pattern.value.text}`,
    confidence: oneStep && sure ? "high" : "medium",
  });
}

/** Of a pattern with values of a matrix that is not known. */
function checkUnknown(
  { prefix, pattern, placed }: Wanted,
  names: readonly Text[],
  { cannotTell }: Report,
): void {
  const isUsed = names.some((name) => knownStart(name).startsWith(knownStart(prefix)));
  if (!isUsed || !isUnknown(placed.job.matrix) || !isFromMatrix(prefix)) return;
  cannotTell(
    pattern.span,
    "the matrix is only known at run time, so this pattern might match artifacts of other images",
  );
}

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
