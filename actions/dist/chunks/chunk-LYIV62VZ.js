#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
function aborted(signal){return new Promise(done=>{signal.aborted?done():signal.addEventListener("abort",()=>done(),{once:!0})})}export{aborted};
