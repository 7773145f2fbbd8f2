import { dirAction } from "../dir/dir-action.ts";
import { runAction } from "../process/run-action.ts";

await runAction(dirAction);
