#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
function harmlessLine(line){let text=line.replace(/\r+$/,"");return stripControls(text.slice(text.lastIndexOf("\r")+1)).replace(/^(\s*):(?=:)/,"$1: ").replace(/##(?=[\w.-]*\[)/g,"# #")}function harmless(text){return suspicious.test(text)?text.split(`
`).map(harmlessLine).join(`
`):text}function harmlessJson(value,space){return JSON.stringify(value,null,space).replaceAll("##","#\\u0023").replace(controls,control=>`\\u${control.charCodeAt(0).toString(16).padStart(4,"0")}`)}var escapes=/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[PX^_][^\u001b]*(?:\u001b\\)?|[ -/]*[0-~]?)/g,controls=/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,suspicious=new RegExp(`${controls.source}|##|^[^\\S\\n]*::`,"m");function stripControls(text){return text.replace(escapes,"").replace(controls,"")}export{harmlessLine,harmless,harmlessJson};
