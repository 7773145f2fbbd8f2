#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{renderPlan,summarisePlan}from"./chunk-NY56MN2O.js";import"./chunk-SDQSQA72.js";import"./chunk-Q46WJZ6R.js";import"./chunk-DSIHNLZD.js";import"./chunk-ZRHZ2FVW.js";import"./chunk-QSHVPWDR.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";export{renderPlan,summarisePlan};
