import type { ReachedStage } from "../../../../dockerfile/stages/found.ts";
import type { Stages } from "../../../../dockerfile/stages/stages.ts";
import { isPlatformSpecifier, parsePlatform, type Platform } from "../../../../oci/platform.ts";

/** Whether a build runs commands on its target's platform, and not only on the builder's own. */
export function runsOnTarget({ reached }: Stages, { architecture }: Platform): boolean {
  const byName = new Map(reached.map((stage) => [stage.name, stage]));
  const architectureOf = (stage: ReachedStage): string => {
    const base = byName.get(stage.from.toLowerCase());
    // A stage that is built on another one has its platform.
    if (base !== undefined && base.index < stage.index) return architectureOf(base);
    const { platform } = stage;
    return platform !== undefined && isPlatformSpecifier(platform) && platform.includes("/")
      ? parsePlatform(platform).architecture
      : architecture;
  };
  return reached.some(
    (stage) =>
      stage.instructions.some(({ keyword }) => keyword === "RUN") &&
      architectureOf(stage) === architecture,
  );
}
