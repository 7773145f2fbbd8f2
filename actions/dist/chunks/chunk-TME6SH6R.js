#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{showTotals}from"./chunk-2EUD62RJ.js";import{formatBytes}from"./chunk-MI4B5VF7.js";import{lineOf}from"./chunk-APKF6GRG.js";function showBytes(io,what){let text=()=>{let seconds=Math.max(io.elapsed(),.1);return what().map(([verb,bytes])=>`${verb} ${formatBytes(bytes)} (${formatBytes(bytes/seconds)}/s)`).join(", ")},{progress:mode,terminal,err:write}=io;return showTotals({mode,write,terminal},text,({columns})=>[lineOf(text(),columns)])}export{showBytes};
