#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{harmlessJson}from"./chunk-YEGJF76U.js";function renderProgressEvent({type,...rest},at){return`${harmlessJson({type,time:new Date(at).toISOString(),...rest})}
`}export{renderProgressEvent};
