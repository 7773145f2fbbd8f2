#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{builderOfEnvironment,gitAt,startEngine,startProbes}from"./chunk-BVR77KZF.js";import"./chunk-JLIYA5MX.js";import"./chunk-3GC7JTJU.js";import"./chunk-NDHKCJQG.js";import"./chunk-PBQ26HXO.js";import"./chunk-7I24DF5W.js";import"./chunk-MKMHPMIM.js";import"./chunk-EAORCH75.js";export{builderOfEnvironment,gitAt,startEngine,startProbes};
