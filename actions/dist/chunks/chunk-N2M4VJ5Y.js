#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
function rowOf(entry,epoch,keys){let{name,runner,run,env,artifacts}=entry;return{name,runner,run,env,artifacts,epoch,keys}}export{rowOf};
