#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{renderCopy,renderDiff,renderInspection,renderTrim,renderUsable,renderVerification}from"./chunk-XSARMB6L.js";import"./chunk-DSIHNLZD.js";import"./chunk-ZRHZ2FVW.js";import"./chunk-QSHVPWDR.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";export{renderCopy,renderDiff,renderInspection,renderTrim,renderUsable,renderVerification};
