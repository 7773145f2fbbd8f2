#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{renderJudged,renderRemovals,renderRemoved,renderSpared,renderUsage}from"./chunk-5WCVF2XT.js";import"./chunk-MI4B5VF7.js";import"./chunk-APKF6GRG.js";import"./chunk-YWXB5UXX.js";import"./chunk-DC2G643Q.js";import"./chunk-JD2DKJ6X.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";export{renderJudged,renderRemovals,renderRemoved,renderSpared,renderUsage};
