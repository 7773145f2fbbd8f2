import { isUnknown, sameText, type Text } from "../expressions/value.ts";
import { cacheIdentity } from "../model/cache-identity.ts";
import { buildsIn, type Placed } from "../model/builds.ts";
import type { Build, Settings } from "../model/operation.ts";
import type { Pipeline, PipelineScenario } from "../model/pipeline.ts";
import type { Rule } from "../rule.ts";

export const sharedCache: Rule = {
  id: "shared-cache",
  severity: "error",
  summary: "several jobs or matrix rows write one cache",
  why: "Each export replaces the whole cache: the job that ends last wins, and the others are cold in the next run.",
  check: (pipeline, { find }) => {
    for (const scenario of pipeline.scenarios) {
      const writes = writesIn(pipeline, scenario);
      for (const [at, { placed, settings, name }] of writes.entries()) {
        const other = writes.find(
          (write, before) =>
            before !== at &&
            write.settings.type === settings.type &&
            write.placed.job !== placed.job &&
            sameText(write.name, name) === true,
        );
        if (other !== undefined) {
          const sure = placed.runs === true && other.placed.runs === true;
          const same = other.placed.job.id === placed.job.id;
          const who = same ? "each row of the matrix" : `${other.placed.job.id}, too,`;
          find({
            span: settings.span,
            message: `${who} writes this cache`,
            confidence: sure ? "high" : "medium",
          });
        } else if (isUnknown(placed.job.matrix) && !name.unknown.some(fromMatrix)) {
          find({
            span: settings.span,
            message: "each row of the matrix may write this cache: its name uses no matrix value",
            confidence: "medium",
          });
        }
      }
    }
  },
};

interface Write {
  readonly placed: Placed<Build>;
  readonly settings: Settings;
  readonly name: Text;
}

function writesIn(pipeline: Pipeline, scenario: PipelineScenario): readonly Write[] {
  return buildsIn(pipeline, scenario).flatMap((placed) =>
    placed.operation.cacheTo.flatMap((settings) => {
      const name = cacheIdentity(settings);
      return name === undefined || settings.type === "local" ? [] : [{ placed, settings, name }];
    }),
  );
}

function fromMatrix({ expression }: { readonly expression: string }): boolean {
  return /\b(?:matrix|strategy)\b/.test(expression);
}
