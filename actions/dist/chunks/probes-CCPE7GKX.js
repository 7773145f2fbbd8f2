#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{builderOfEnvironment,gitAt,startEngine,startProbes}from"./chunk-T3HW4LH5.js";import"./chunk-UAESCNHR.js";import"./chunk-W3DUEMIV.js";import"./chunk-3PKFGMPU.js";import"./chunk-5P3NSRHX.js";import"./chunk-UX7O77B2.js";import"./chunk-OU7K23VB.js";import"./chunk-VKDBHG3M.js";import"./chunk-NE5655XK.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";export{builderOfEnvironment,gitAt,startEngine,startProbes};
