#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
function showTotals({mode,write,terminal},totals,render){if(mode==="quiet"||mode==="rawjson")return()=>{};if(mode==="tty"&&terminal!==void 0)return terminal.show("run",render),()=>terminal.show("run",void 0);let timer=setInterval(()=>write(`${totals()}
`),1e4).unref();return()=>clearInterval(timer)}function followRate(counter,now){let samples=[{at:now(),count:counter()}];return()=>{let last={at:now(),count:counter()};samples.push(last),samples.splice(0,samples.findLastIndex(({at})=>last.at-at>=5e3));let[first=last]=samples,seconds=Math.max(1,last.at-first.at)/1e3;return(last.count-first.count)/seconds}}export{showTotals,followRate};
