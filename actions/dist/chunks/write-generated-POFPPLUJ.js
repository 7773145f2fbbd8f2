#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{writeGenerated}from"./chunk-6IXEUJG6.js";import"./chunk-I5AYUFE5.js";import"./chunk-62VJYGLT.js";import"./chunk-JD2DKJ6X.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";export{writeGenerated};
