#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{judgeEntries,usageByRef}from"./chunk-BCQN4U6A.js";import"./chunk-A2YKTGEV.js";import"./chunk-RWMIH4UP.js";import"./chunk-JD2DKJ6X.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";export{judgeEntries,usageByRef};
