import type { CacheRef, Plan } from "../plan/plan.ts";
import { type Page, renderTable } from "./table.ts";

const providers = { github: "GitHub", gitlab: "GitLab", git: "this machine" } as const;

/** A planned run. */
export interface ShownRun {
  /** Its variants' targets are what it publishes. */
  readonly plan: Plan;
  /** Whether these are previews. */
  readonly isPreview: boolean;
}

/** Where a planned run happens, what it reads and writes, and which tags it publishes. */
export function renderRun({ plan, isPreview }: ShownRun, page?: Page): readonly string[] {
  const { context, cacheRepository, trust } = plan;
  const ref = context.ref === "" ? "" : `, ${context.ref}`;
  const [from, to] = [cachesOf(plan, "from"), cachesOf(plan, "to")];
  const stages = cacheRepository !== null && trust.writesLegs;
  return [
    `event: ${context.event}${ref} (${providers[context.provider]})`,
    `caches: ${from === "" ? "none are read" : `read from ${from}`}; ${to === "" ? "none are written" : `written to ${to}`}`,
    `legs: ${stages ? `staged in ${cacheRepository}` : "not staged"}`,
    ...renderTargets(plan, isPreview, page),
  ];
}

/** The places of all legs' caches, each once: repositories, and the types of other caches. */
function cachesOf({ legs }: Plan, way: "from" | "to"): string {
  return [...new Set(legs.flatMap(({ cache }) => cache[way].map(placeOf)))].join(", ");
}

function placeOf({ type, attributes: { ref } }: CacheRef): string {
  if (type !== "registry" || ref === undefined) return `type=${type}`;
  return ref.replace(/[:@][^:@/]+$/, "");
}

function renderTargets(
  { trust, variants }: Plan,
  isPreview: boolean,
  page: Page | undefined,
): readonly string[] {
  if (!trust.publishes && !isPreview) return ["publishes: nothing"];
  const rows = variants.flatMap(({ name, targets }) =>
    targets.map(({ repository, tags }) => {
      const all = tags.map(({ tag }) => tag).join(", ");
      return [name, repository, all === "" ? "none: no tag rule applies" : all];
    }),
  );
  if (rows.length === 0) return ["publishes: nothing, because no variant has a publish target"];
  const columns = [
    { head: "VARIANT" },
    { head: isPreview ? "PREVIEW" : "IMAGE" },
    { head: "TAGS" },
  ];
  return ["", renderTable(columns, rows, page), ""];
}
