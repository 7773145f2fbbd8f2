import { isRemoteContext } from "../../../../dockerfile/remote-source.ts";
import { pathFrom } from "../../../config-path.ts";
import type { RawVariant } from "../../../schema/variant-schema.ts";
import type { ComposeBuild } from "./merge-builds.ts";

/**
 * A merged build as a variant's keys. `folder` is its context if it names none; the service's own
 * `platform` counts if the build has no platforms.
 */
export function finishBuild(
  { bake, ...build }: ComposeBuild,
  folder: string,
  servicePlatform: string | undefined,
): RawVariant {
  const { context = folder, dockerfile, attested, args, ulimits, privileged } = build;
  const platforms = [...new Set([...build.platforms, ...bake.platforms])];
  return given({
    context,
    dockerfile:
      dockerfile === undefined || isRemoteContext(context)
        ? dockerfile
        : pathFrom(context, dockerfile),
    "dockerfile-inline": build["dockerfile-inline"],
    target: build.target,
    args: Object.fromEntries(
      Object.entries(args).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
    ),
    labels: build.labels,
    // Of two with one name, the build's own counts (buildx, `dedupMap`).
    contexts: { ...Object.fromEntries(bake.contexts), ...build.contexts },
    secrets: lastOfEach(
      [...build.secrets, ...bake.secrets],
      (text) => /(?:^|,)id=([^,]*)/.exec(text)?.[1],
    ),
    ssh: lastOfEach([...build.ssh, ...bake.ssh], (text) => text.split("=")[0]),
    network: build.network,
    "shm-size": build["shm-size"],
    ulimits: Object.entries(ulimits).map(([name, limit]) => `${name}=${limit}`),
    allow: [
      ...new Set([...build.entitlements, ...(privileged === true ? ["security.insecure"] : [])]),
    ],
    "add-hosts": [...new Set(build.hosts)],
    ...attested,
    platforms: platforms.length > 0 ? platforms : servicePlatform,
  });
}

/**
 * Of several with one id, the last counts, in the first one's position (buildx,
 * `removeSecretDupes`).
 */
function lastOfEach(
  texts: readonly string[],
  idOf: (text: string) => string | undefined,
): string[] {
  return [...new Map(texts.map((text) => [idOf(text) ?? text, text])).values()];
}

/** Without empty values, which would replace the defaults. */
function given(raw: RawVariant): RawVariant {
  const kept = Object.entries(raw).filter(
    ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(kept);
}
