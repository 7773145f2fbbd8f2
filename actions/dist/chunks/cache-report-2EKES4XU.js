#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{renderCopy,renderDiff,renderInspection,renderTrim,renderUsable,renderVerification}from"./chunk-DLFOTEMP.js";import"./chunk-MOOGEGI6.js";import"./chunk-EAORCH75.js";export{renderCopy,renderDiff,renderInspection,renderTrim,renderUsable,renderVerification};
