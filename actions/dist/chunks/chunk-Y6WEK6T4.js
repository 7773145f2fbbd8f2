#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{harmlessJson}from"./chunk-62VJYGLT.js";function renderProgressEvent({type,...rest},at){return`${harmlessJson({type,time:new Date(at).toISOString(),...rest})}
`}function emitEvent({draw,now},event){draw(renderProgressEvent(event,now().getTime()))}function withEvents(io){return{...io,warn:text=>emitEvent(io,{type:"warning",text}),err:text=>{let note=text.trim();note!==""&&emitEvent(io,{type:"note",text:note})}}}export{renderProgressEvent,emitEvent,withEvents};
