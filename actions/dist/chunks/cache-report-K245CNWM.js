#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{renderCopy,renderDiff,renderInspection,renderTrim,renderUsable,renderVerification}from"./chunk-32T5HA4T.js";import"./chunk-MOOGEGI6.js";import"./chunk-EAORCH75.js";export{renderCopy,renderDiff,renderInspection,renderTrim,renderUsable,renderVerification};
