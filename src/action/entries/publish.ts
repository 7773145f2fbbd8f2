import { publishAction } from "../publish.ts";
import { runAction } from "../process/run-action.ts";

await runAction(publishAction);
