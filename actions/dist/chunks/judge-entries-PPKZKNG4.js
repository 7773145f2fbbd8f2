#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{judgeEntries,usageByRef}from"./chunk-3MA7L3PB.js";import"./chunk-KU6P6XMT.js";import"./chunk-JBJZVKDH.js";import"./chunk-NE5655XK.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";export{judgeEntries,usageByRef};
