import type { GlobalOptions, QuietOptions } from "../../io.ts";
import type { building, publishing } from "../../program/flag-groups.ts";
import type { OptionsOf } from "../../program/flags.ts";
import type { ResultOptions } from "../../show/show-run-result.ts";

/** Of every command that publishes. */
export type PublishingOptions = GlobalOptions &
  QuietOptions &
  ResultOptions &
  OptionsOf<typeof publishing> &
  Pick<OptionsOf<typeof building>, "dryRun">;
