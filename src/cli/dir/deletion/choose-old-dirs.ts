import { dirTagPrefix } from "../../../dir/keys/key-tag.ts";
import {
  chooseDirRemovals,
  type DirRemovals,
  type DirRetention,
} from "../../../pipeline/caches/choose-dir-removals.ts";
import type { SurveyedTag } from "../../../pipeline/caches/survey.ts";
import { renderSparedDirs } from "../../../report/dir/prune-report.ts";
import type { Io } from "../../io.ts";

/** The directory caches of a repository that the rules choose. Notes how many the grace keeps. */
export function chooseOldDirs(
  tags: readonly SurveyedTag[],
  policy: DirRetention,
  io: Io,
): DirRemovals {
  const theirs = tags.filter(({ tag }) => tag.startsWith(dirTagPrefix));
  const removals = chooseDirRemovals(theirs, policy, io.now().getTime());
  const { spared } = removals;
  if (spared > 0) io.err(`note: ${renderSparedDirs(spared, policy.grace)}\n`);
  return removals;
}
