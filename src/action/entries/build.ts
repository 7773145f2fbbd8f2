import { buildAction } from "../build.ts";
import { runAction } from "../process/run-action.ts";

await runAction(buildAction);
