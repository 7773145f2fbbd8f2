import { setupAction } from "../setup/setup-action.ts";
import { runAction } from "../process/run-action.ts";

await runAction(setupAction);
