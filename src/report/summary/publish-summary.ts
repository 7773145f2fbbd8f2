import type { PublishResult } from "../../pipeline/publish/publish-variants.ts";
import {
  publishedRows,
  publishFailures,
  publishWarnings,
  summarisePublished,
} from "../publish/publish-report.ts";
import { markdownList, markdownTable } from "./markdown.ts";

/** The tags that a run published, for a CI job's summary page. */
export function renderPublishSummary(results: readonly PublishResult[], dryRun: boolean): string {
  return [
    "### Publish",
    "",
    dryRun ? "Dry run: nothing was written." : `${summarisePublished(results)}.`,
    "",
    ...markdownTable(["image", "digest", "tag", "why"], publishedRows(results)),
    ...markdownList(
      publishFailures(results, (hint) => ` (hint: ${hint})`),
      "❌ ",
    ),
    ...markdownList(publishWarnings(results), "⚠ "),
    "",
  ].join("\n");
}
