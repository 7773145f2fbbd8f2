import { dirRestoreAction } from "../dir/dir-restore-action.ts";
import { runAction } from "../process/run-action.ts";

await runAction(dirRestoreAction);
