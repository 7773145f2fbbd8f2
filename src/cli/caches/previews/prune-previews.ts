import type { Config } from "../../../config/config.ts";
import { UsageError } from "../../../errors.ts";
import { parseRepository } from "../../../oci/reference.ts";
import { choosePreviews } from "../../../pipeline/caches/choose-previews.ts";
import { surveyRepository } from "../../../pipeline/caches/survey.ts";
import { clientOptions } from "../../client-options.ts";
import type { ConfigOptions, GlobalOptions, Io } from "../../io.ts";
import type { deleting } from "../../program/flag-groups.ts";
import type { OptionsOf } from "../../program/flags.ts";
import { startProbes } from "../../run/probes.ts";
import { openSession } from "../../run/session.ts";
import { show } from "../../show/show-result.ts";
import { refuseUntrusted } from "../repository/refuse-untrusted.ts";
import { deleteChosen, type Deleted } from "../repository/remove-chosen.ts";
import { openRemover } from "../repository/removers.ts";

/**
 * Deletes the previews that have expired, or shows what would be deleted. Gives the exit code: 1 if
 * something could not be deleted.
 */
export async function prunePreviews(
  options: GlobalOptions & ConfigOptions & OptionsOf<typeof deleting>,
  io: Io,
): Promise<number> {
  await using session = await openSession(startProbes(options, io), options, io);
  const { config, client, held } = session;
  const { signal } = io;
  const pruned: Deleted[] = [];
  try {
    for (const [name, expires] of expiriesOf(config)) {
      const repository = parseRepository(name);
      const tags = await surveyRepository(client, repository, { signal });
      const removals = choosePreviews(tags, expires, io.now().getTime());
      const opened = {
        ...{ name, repository, client },
        openRemover: () => {
          refuseUntrusted(session, "delete", "previews");
          return openRemover(repository, clientOptions(io, config, held), io.env);
        },
      };
      pruned.push(await deleteChosen(opened, removals, options, io));
    }
  } finally {
    // Also what was deleted before a repository failed.
    if (pruned.length > 0) showPruned(pruned, options, io);
  }
  return pruned.every(({ isWhole }) => isWhole) ? 0 : 1;
}

function showPruned(pruned: readonly Deleted[], options: GlobalOptions, io: Io): void {
  show(io, options, { previews: pruned.map(({ result }) => result) }, () =>
    pruned.map(({ result, text }) => `${result.repository}\n${text}`).join("\n\n"),
  );
}

/** Milliseconds by repository: the longest, if variants differ. One that never expires is left out. */
function expiriesOf({ variants, file }: Config): ReadonlyMap<string, number> {
  const expiries = new Map<string, number>();
  const kept = new Set<string>();
  for (const { repository, expires } of variants.flatMap(({ preview }) => preview)) {
    if (expires === undefined) kept.add(repository);
    else expiries.set(repository, Math.max(expires, expiries.get(repository) ?? 0));
  }
  for (const repository of kept) expiries.delete(repository);
  if (expiries.size > 0) return expiries;
  throw new UsageError([{ file, message: "no preview expires" }], {
    hint: "set an expiry time for previews, such as preview: { repository: quay.io/acme/app-preview, expires: 7d }",
  });
}
