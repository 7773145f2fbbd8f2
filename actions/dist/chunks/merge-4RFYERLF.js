#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{mergeCaches}from"./chunk-N6NDGNOW.js";import"./chunk-J7TH4F5V.js";import"./chunk-EAORCH75.js";export{mergeCaches};
