import { harmless } from "../../harmless.ts";
import { escapeData } from "../annotation.ts";

/** A part of a CI's log that can be folded. */
export interface LogGroup {
  readonly title: string;
  /** Different for each group of a log. */
  readonly name: string;
  /** Milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Whether a reader has to unfold it, where that can be chosen. */
  readonly isFolded: boolean;
}

/** What begins and ends a group, each a whole line. */
export interface GroupMarks {
  readonly begin: string;
  readonly end: string;
}

/** The commands of GitHub's runner (docs.github.com, "Workflow commands": grouping log lines). */
export function githubGroup({ title }: LogGroup): GroupMarks {
  return { begin: `::group::${escapeData(harmless(title))}\n`, end: "::endgroup::\n" };
}

/** The sections of GitLab's job logs (docs.gitlab.com/ci/jobs/job_logs, custom collapsible sections). */
export function gitlabSection({ title, name, startedAt, endedAt, isFolded }: LogGroup): GroupMarks {
  const mark = (what: string, at: number, text: string): string =>
    `\u001b[0Ksection_${what}:${Math.floor(at / 1000)}:${text}\r\u001b[0K`;
  const folded = isFolded ? "[collapsed=true]" : "";
  const id = name.replace(/[^A-Za-z0-9_.-]/g, "_");
  return {
    begin: `${mark("start", startedAt, `${id}${folded}`)}${harmless(title)}\n`,
    end: `${mark("end", endedAt, id)}\n`,
  };
}
