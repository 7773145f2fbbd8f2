#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{renderCopy,renderDiff,renderInspection,renderTrim,renderUsable,renderVerification}from"./chunk-F76BCGUH.js";import"./chunk-RHNGDSPN.js";import"./chunk-MI4B5VF7.js";import"./chunk-APKF6GRG.js";import"./chunk-DC2G643Q.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";export{renderCopy,renderDiff,renderInspection,renderTrim,renderUsable,renderVerification};
