import type { Row } from "../../lint/github/matrix/matrix.ts";
import type { SampleEvent } from "./sample-event.ts";

/** One run of a workflow of GitHub as an example. */
export interface GithubEvent extends SampleEvent {
  /** What `github` has. */
  readonly github: Row;
  /** What `inputs` has. */
  readonly inputs: Row;
}
