#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{builderOfEnvironment,gitAt,startEngine,startProbes}from"./chunk-KLZK7I6F.js";import"./chunk-DHIO5UO4.js";import"./chunk-B6PIKLTL.js";import"./chunk-JRVYLLYN.js";import"./chunk-VKDBHG3M.js";import"./chunk-PBQ26HXO.js";import"./chunk-SQUO5ALQ.js";import"./chunk-MKMHPMIM.js";import"./chunk-EAORCH75.js";export{builderOfEnvironment,gitAt,startEngine,startProbes};
