import { planAction } from "../plan/plan-action.ts";
import { runAction } from "../process/run-action.ts";

await runAction(planAction);
