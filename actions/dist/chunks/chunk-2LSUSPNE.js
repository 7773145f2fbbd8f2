#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{readFileSync}from"node:fs";function startTicksOf(pid){try{let stat=readFileSync(`/proc/${pid}/stat`,"utf8"),ticks=stat.slice(stat.lastIndexOf(")")+2).split(" ")[19]??"";return/^\d+$/.test(ticks)?ticks:void 0}catch{return}}export{startTicksOf};
