#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
function showTotals({mode,write,terminal},totals,render){if(mode==="quiet"||mode==="rawjson")return()=>{};if(mode==="tty"&&terminal!==void 0)return terminal.show("run",render),()=>terminal.show("run",void 0);let timer=setInterval(()=>write(`${totals()}
`),1e4).unref();return()=>clearInterval(timer)}export{showTotals};
