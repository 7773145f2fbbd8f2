#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{builderOfEnvironment,gitAt,startEngine,startProbes}from"./chunk-4ZE74UWE.js";import"./chunk-2AVOGATR.js";import"./chunk-DJMVAZNB.js";import"./chunk-WKCSY4QU.js";import"./chunk-AG3LCXFF.js";import"./chunk-LVMWZW46.js";import"./chunk-6C6OAZA6.js";import"./chunk-EDMDOPDR.js";import"./chunk-VKDBHG3M.js";import"./chunk-JD2DKJ6X.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";export{builderOfEnvironment,gitAt,startEngine,startProbes};
