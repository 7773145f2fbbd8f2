import { formatPlatform } from "../../oci/platform.ts";
import { findBuilds, type LegWithLog, type LoggedBuild } from "../../pipeline/logs/find-builds.ts";
import type { NamedLeg } from "../../plan/select/select-legs.ts";
import { legNames } from "../../plan/names.ts";
import { type Io, warn } from "../io.ts";
import { gitAt } from "../run/probes.ts";
import type { Session } from "../run/session.ts";
import { readLocalBuilds } from "./local-records.ts";

/** The recorded builds of a config's legs. */
export interface RecordedBuilds {
  readonly legs: readonly (NamedLeg & LegWithLog)[];
  /** The last builds of some legs, the newest first. */
  readonly find: (
    legs: readonly LegWithLog[],
    wanted: { readonly last: number; readonly failed: boolean },
  ) => Promise<readonly LoggedBuild[]>;
}

/** Finds builds in the logs of the run's cache repository, and on this machine. */
export async function openRecordedBuilds(session: Session, io: Io): Promise<RecordedBuilds> {
  const { client, config, home } = session;
  const { tag } = config.cache;
  const place = home.repository;
  const legs = config.variants.flatMap((variant) =>
    variant.platforms.map((platform) => ({
      id: `${variant.name}/${formatPlatform(platform)}`,
      variant: variant.name,
      log: place === undefined ? undefined : `${place}:${legNames(variant, platform, tag).log}`,
    })),
  );
  const localBuilds = await readLocalBuilds(gitAt(config.root, io), legs, io);
  const onLost = (problem: string): void => warn(io, problem);
  const { signal } = io;
  return {
    legs,
    find: (wanted, which) => findBuilds(wanted, { client, localBuilds, signal, onLost, ...which }),
  };
}
