#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{exec,execOk,lastLines,startCommand}from"./chunk-PBQ26HXO.js";import"./chunk-MKMHPMIM.js";import"./chunk-EAORCH75.js";export{exec,execOk,lastLines,startCommand};
