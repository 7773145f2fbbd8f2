#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{hasPath,locate}from"./chunk-EGIKBCTV.js";function isRecord(value){return typeof value=="object"&&value!==null&&!Array.isArray(value)}function yamlFile(value,problems,offsets,placeOf){return{value,problems,place:(path,part)=>{let found=locate(value,offsets,path,part);return found===void 0?void 0:placeOf(found)},has:path=>hasPath(value,path)}}function unread(problems){return{value:void 0,problems,place:()=>{},has:()=>!1}}export{isRecord,yamlFile,unread};
