#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{writeGenerated}from"./chunk-QXYYZCO6.js";import"./chunk-5CKBEQQI.js";import"./chunk-HUWE3WTS.js";import"./chunk-MKMHPMIM.js";import"./chunk-EAORCH75.js";export{writeGenerated};
