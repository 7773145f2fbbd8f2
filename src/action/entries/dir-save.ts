import { dirSaveAction } from "../dir/dir-save-action.ts";
import { runAction } from "../process/run-action.ts";

await runAction(dirSaveAction);
