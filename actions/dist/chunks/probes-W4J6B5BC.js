#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{builderOfEnvironment,gitAt,startEngine,startProbes}from"./chunk-7NV2ZIMH.js";import"./chunk-3GC7JTJU.js";import"./chunk-JLIYA5MX.js";import"./chunk-OO3VLPSB.js";import"./chunk-PBQ26HXO.js";import"./chunk-RGZDADIE.js";import"./chunk-MKMHPMIM.js";import"./chunk-EAORCH75.js";export{builderOfEnvironment,gitAt,startEngine,startProbes};
