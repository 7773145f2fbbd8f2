#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{harmlessJson}from"./chunk-62VJYGLT.js";function show(io,{json},result,render){let text=json?harmlessJson(result,2):render(result,{columns:io.pageColumns()});io.out(`${text}
`)}export{show};
