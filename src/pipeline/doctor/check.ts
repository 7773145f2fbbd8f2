import { LayerkeepError, messageOf } from "../../errors.ts";

/** What was found out about one thing that Layerkeep needs. */
export interface Check {
  /** Stable, for programs: `buildx`, `registry`. */
  readonly id: string;
  /** What was checked, such as a registry's host. */
  readonly title: string;
  /** `fail`: the config cannot be built or published. `warn`: it may be, but not in every way. */
  readonly outcome: "ok" | "warn" | "fail";
  readonly detail: string;
  /** What to do about it. */
  readonly advice?: string | undefined;
}

/** The check of something that is as it should be. */
export function ok(id: string, title: string, detail: string): Check {
  return { id, title, outcome: "ok", detail };
}

/** The check of something that threw one of our errors. Any other error is thrown again. */
export function failed(
  id: string,
  title: string,
  error: unknown,
  {
    outcome = "fail",
    advice,
  }: { readonly outcome?: "warn" | "fail"; readonly advice?: string } = {},
): Check {
  if (!(error instanceof LayerkeepError)) throw error;
  const detail = messageOf(error).replaceAll("\n", "; ");
  return { id, title, outcome, detail, advice: error.hint ?? advice };
}
