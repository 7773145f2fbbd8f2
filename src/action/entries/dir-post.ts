import { dirPostAction } from "../dir/dir-post-action.ts";
import { runAction } from "../process/run-action.ts";

await runAction(dirPostAction);
