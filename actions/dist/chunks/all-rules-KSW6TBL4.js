#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{allRules}from"./chunk-W5YXVHXZ.js";import"./chunk-H5NMLGZH.js";import"./chunk-XN4VRVCG.js";import"./chunk-M3XFV5RE.js";import"./chunk-X6IDCRLI.js";import"./chunk-EGIKBCTV.js";import"./chunk-IFPG53HU.js";import"./chunk-KHPQ2TBU.js";import"./chunk-VKDBHG3M.js";import"./chunk-2HCTEJ32.js";import"./chunk-GTGWCIHA.js";import"./chunk-JBJZVKDH.js";import"./chunk-NE5655XK.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";export{allRules};
