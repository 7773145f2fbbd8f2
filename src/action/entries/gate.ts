import { gateAction } from "../gate/gate-action.ts";
import { runAction } from "../process/run-action.ts";

await runAction(gateAction);
