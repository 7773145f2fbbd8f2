#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{findBuildx}from"./chunk-LVMWZW46.js";import"./chunk-6C6OAZA6.js";import"./chunk-EDMDOPDR.js";import"./chunk-JD2DKJ6X.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";export{findBuildx};
