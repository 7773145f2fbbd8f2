#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{renderJudged,renderRemovals,renderRemoved,renderUsage}from"./chunk-JTNCRMLQ.js";import"./chunk-MOOGEGI6.js";import"./chunk-EAORCH75.js";export{renderJudged,renderRemovals,renderRemoved,renderUsage};
