#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{renderJudged,renderRemovals,renderRemoved,renderSpared,renderUsage}from"./chunk-WMDHZWJK.js";import"./chunk-T6HFQVXM.js";import"./chunk-DSIHNLZD.js";import"./chunk-ZRHZ2FVW.js";import"./chunk-QSHVPWDR.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";export{renderJudged,renderRemovals,renderRemoved,renderSpared,renderUsage};
