#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{parsePlan}from"./chunk-VUL3674F.js";import"./chunk-6ICBR2VA.js";import"./chunk-XGS7MFKM.js";import"./chunk-AGXKDCKH.js";import"./chunk-EJZOVS5Q.js";import"./chunk-L7A62FJL.js";import"./chunk-VKDBHG3M.js";import"./chunk-MKMHPMIM.js";import"./chunk-EAORCH75.js";export{parsePlan};
