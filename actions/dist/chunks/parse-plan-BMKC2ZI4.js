#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{parsePlan}from"./chunk-P24D6VAV.js";import"./chunk-5DCAM257.js";import"./chunk-XGS7MFKM.js";import"./chunk-GVOJKE7U.js";import"./chunk-RYWHS7E2.js";import"./chunk-L7A62FJL.js";import"./chunk-VKDBHG3M.js";import"./chunk-MKMHPMIM.js";import"./chunk-EAORCH75.js";export{parsePlan};
