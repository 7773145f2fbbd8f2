#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{judgeEntries,usageByRef}from"./chunk-ESDY3CD7.js";import"./chunk-PYNJFECM.js";import"./chunk-L7A62FJL.js";import"./chunk-MKMHPMIM.js";import"./chunk-EAORCH75.js";export{judgeEntries,usageByRef};
