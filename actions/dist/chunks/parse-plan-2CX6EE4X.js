#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{parsePlan}from"./chunk-DSZQID6W.js";import"./chunk-PR7IHQCN.js";import"./chunk-XGS7MFKM.js";import"./chunk-AGXKDCKH.js";import"./chunk-DNN3ARCB.js";import"./chunk-L7A62FJL.js";import"./chunk-VKDBHG3M.js";import"./chunk-MKMHPMIM.js";import"./chunk-EAORCH75.js";export{parsePlan};
