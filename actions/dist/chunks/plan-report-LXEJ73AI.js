#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{renderPlan,summarisePlan}from"./chunk-354IOXGS.js";import"./chunk-AOFY3WB7.js";import"./chunk-MOOGEGI6.js";import"./chunk-EAORCH75.js";export{renderPlan,summarisePlan};
