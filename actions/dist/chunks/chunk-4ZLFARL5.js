#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
function isStandardInput(name){return name==="-"||name==="/dev/stdin"}function isStandardOutput(name){return name==="-"||name==="/dev/stdout"}export{isStandardInput,isStandardOutput};
