#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{harmlessJson}from"./chunk-HUWE3WTS.js";function show(io,{json},result,render){io.out(`${json?harmlessJson(result,2):render(result)}
`)}export{show};
