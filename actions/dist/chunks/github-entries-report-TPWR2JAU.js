#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{renderEntries,renderPrunedEntries}from"./chunk-ZDW74N3O.js";import"./chunk-MOOGEGI6.js";import"./chunk-EAORCH75.js";export{renderEntries,renderPrunedEntries};
