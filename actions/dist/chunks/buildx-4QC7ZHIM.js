#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{findBuildx}from"./chunk-7I24DF5W.js";import"./chunk-MKMHPMIM.js";import"./chunk-EAORCH75.js";export{findBuildx};
